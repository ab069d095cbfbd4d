import type { TransferOptions } from '../contract/tensor.ts';
import { CopyRequiredError } from '../errors/errors.ts';
import { countCopy } from '../tensor/copies.ts';
import { forbids } from '../tensor/transfer.ts';
import type { View } from './shapes.ts';

/** Asks for leave to copy a piece of a column, and counts it. */
export function countPiece(bytes: number, options: TransferOptions | undefined): void {
  if (forbids(options)) {
    throw new CopyRequiredError(
      'a sliced Arrow column has a bitmap of nulls that begins inside a byte, which the C Data ' +
        "Interface cannot say without a copy of it (strides), and copy: 'forbid' is set; allow the " +
        'copy, or slice at a multiple of 8',
      { reason: 'strides' },
    );
  }
  countCopy('strides', bytes);
}

/** The bits from `offset` on, as bytes that begin with the first of them. */
export function shiftBits(bitmap: View, offset: number, length: number): Uint8Array {
  const from = new Uint8Array(bitmap.buffer, bitmap.byteOffset, bitmap.byteLength);
  const first = offset >> 3;
  const shift = offset & 7;
  const to = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < to.length; i++) {
    const low = from[first + i] as number;
    const high = from[first + i + 1] ?? 0;
    to[i] = (low >> shift) | (high << (8 - shift));
  }
  return to;
}
