import { constants } from 'node:buffer';

import { type Dtype, parseDtype } from '../contract/dtype.ts';
import type { Tensor } from '../contract/tensor.ts';
import { classFor } from './array-class.ts';
import { elementsOf, type Layout, rowMajor } from './layout.ts';
import { noDtype } from './make.ts';
import { NativeTensor } from './native-tensor.ts';

/** Memory of V8's own. */
export function newBuffer(bytes: number): ArrayBuffer {
  if (bytes > constants.MAX_LENGTH) {
    throw new RangeError(
      `${String(bytes)} bytes are more than the largest buffer of this Node has ` +
        `(${String(constants.MAX_LENGTH)}); take it in parts, or use a newer Node`,
    );
  }
  return new ArrayBuffer(bytes);
}

/** Zeroed memory that native code made. */
interface Taken {
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly address: number;
}

/** A new tensor over what `take` gives, or over memory of V8's own where it gives nothing. */
export function allocate<const D extends Dtype>(
  dtype: D,
  shape: readonly number[],
  take: (bytes: number) => Taken | undefined,
): Tensor<D> {
  const parsed = parseDtype(dtype);
  if (parsed === null) throw noDtype(dtype);
  const bytes = elementsOf(shape) * parsed.itemsize;
  const taken = bytes > 0 ? take(bytes) : undefined;
  const { buffer, byteOffset, address } = taken ?? {
    buffer: newBuffer(bytes),
    byteOffset: 0,
    address: -1,
  };
  const sizes = [...shape];
  const strides = rowMajor(sizes);
  const layout: Layout = { dtype, parsed, shape: sizes, strides, contiguous: true, byteOffset };
  const Class = classFor(dtype);
  const data = new Class(buffer, byteOffset, bytes / Class.BYTES_PER_ELEMENT);
  return new NativeTensor(layout, data, address, taken !== undefined) as unknown as Tensor<D>;
}
