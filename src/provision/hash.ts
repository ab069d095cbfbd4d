import type * as nodeCrypto from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

// node:crypto costs milliseconds to load; `open()` needs it only when a file's stat changed.
const crypto = (): typeof nodeCrypto => process.getBuiltinModule('node:crypto');

/** SHA-256 of some bytes, as lower-case hex. */
export function sha256(data: string | Uint8Array): string {
  return crypto().createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a file, in blocks: a libpython may be 30 MB, an interpreter more. */
export function sha256File(path: string): string {
  const hash = crypto().createHash('sha256');
  const file = openSync(path, 'r');
  try {
    const block = Buffer.allocUnsafe(1 << 20);
    for (let n = readSync(file, block); n > 0; n = readSync(file, block)) {
      hash.update(block.subarray(0, n));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/** The text of a file, or undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
