import { constants } from 'node:buffer';

import { type Dtype, parseDtype, type TypedArray } from '../contract/dtype.ts';
import type { Tensor } from '../contract/tensor.ts';
import { loadBinding } from '../native/load.ts';
import { word } from '../native/shared-memory.ts';
import { allocate } from './allocate.ts';
import { isRowMajor, type Layout } from './layout.ts';
import { noDtype } from './make.ts';
import { NativeTensor } from './native-tensor.ts';

/**
 * Zeroed memory that workers see: it crosses with no copy, whatever its size. Needs
 * installSharedMemory(), as every pool does it. Where the system has no such memory, or no more of
 * it, it is memory of this process alone.
 *
 * @throws DtypeError for an unknown dtype; RangeError where the engine has no buffer that large.
 */
export function allocShared<const D extends Dtype>(dtype: D, shape: readonly number[]): Tensor<D> {
  return allocate(dtype, shape, (bytes) => {
    // What no window can show is not asked for: the RangeError is that of memory of V8's own.
    const buffer = bytes > constants.MAX_LENGTH ? undefined : loadBinding().allocShared(bytes);
    return buffer && { buffer, byteOffset: word(1), address: word(0) };
  });
}

/** An array in memory that another process made: where its elements lie in `data`'s buffer. */
export interface SharedArray {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** From the lowest to the highest element. */
  readonly data: TypedArray;
  /** In elements. */
  readonly strides: readonly number[];
  /** Of the first element, in the buffer and in memory. */
  readonly byteOffset: number;
  readonly address: number;
}

/** A tensor over it; `as`: another dtype with the same bits. */
export function sharedTensor(array: SharedArray, as: Dtype = array.dtype): Tensor {
  const parsed = parseDtype(as);
  if (parsed === null) throw noDtype(as);
  const shape = [...array.shape];
  const strides = [...array.strides];
  const { data, byteOffset, address } = array;
  const contiguous = isRowMajor(shape, strides);
  const layout: Layout = { dtype: as, parsed, shape, strides, contiguous, byteOffset };
  return new NativeTensor(layout, data, address, data.byteLength > 0);
}
