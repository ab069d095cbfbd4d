import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const CENTRAL = 0x02014b50;

/**
 * Reads one file out of a zip archive (a wheel is one), by its central directory. Stored and
 * deflated entries are all that wheels hold, so no unzip package is needed.
 */
export function readZipEntry(zip: Buffer, name: string): Buffer | undefined {
  let end = zip.length - 22; // size of the end record without a comment
  while (end >= 0 && zip.readUInt32LE(end) !== END) end--;
  if (end < 0) return undefined;
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== CENTRAL) return undefined;
    const nameLength = zip.readUInt16LE(at + 28);
    const entry = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (entry === name) return extract(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}

function extract(zip: Buffer, central: number): Buffer | undefined {
  const method = zip.readUInt16LE(central + 10);
  const packed = zip.readUInt32LE(central + 20);
  const local = zip.readUInt32LE(central + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const bytes = zip.subarray(start, start + packed);
  if (method === 0) return bytes;
  return method === 8 ? inflateRawSync(bytes) : undefined;
}
