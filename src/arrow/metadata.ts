// Metadata of a field as the C Data Interface has it: how many pairs; then of each key and value the
// length in bytes and the bytes, numbers as int32 of the machine.

export function encodeMetadata(metadata: ReadonlyMap<string, string>): Uint8Array {
  const parts = [...metadata].flat().map((text) => Buffer.from(text));
  const length = parts.reduce((sum, part) => sum + 4 + part.length, 4);
  const bytes = Buffer.alloc(length);
  bytes.writeInt32LE(metadata.size);
  let at = 4;
  for (const part of parts) {
    at = bytes.writeInt32LE(part.length, at);
    at += part.copy(bytes, at);
  }
  return bytes;
}

export function decodeMetadata(bytes: Uint8Array): Map<string, string> {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const metadata = new Map<string, string>();
  let at = 4;
  const text = (): string => {
    const start = at + 4;
    at = start + from.readInt32LE(at);
    return from.toString('utf8', start, at);
  };
  for (let i = from.readInt32LE(0); i > 0; i--) {
    const key = text();
    metadata.set(key, text());
  }
  return metadata;
}
