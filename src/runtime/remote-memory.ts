import {
  type Dtype,
  parseDtype,
  type Tensor,
  type TransferOptions,
  type TypedArray,
} from '../contract/tensor.ts';
import type { Bound } from '../remote/face.ts';
import { remoteArray, remoteValue } from '../remote/face.ts';
import { tensor } from '../tensor/make.ts';

interface ArrayReply {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** Zeroed memory of this process. */
function alloc(dtype: Dtype, shape: readonly number[]): Tensor {
  const itemsize = parseDtype(dtype)?.itemsize ?? 0;
  const bytes = shape.reduce((product, length) => product * length, itemsize);
  // What is wrong with the shape or the dtype, `tensor` says.
  const memory = new ArrayBuffer(Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0);
  return tensor(memory, shape, { dtype });
}

/** NumPy both ways. A worker's memory is its own: each way is one copy, which is counted. */
export function remoteMemory(bound: Bound): object {
  return {
    alloc,
    toNumpy: (value: unknown, options?: TransferOptions) => remoteValue(bound, value, options),
    fromNumpy: async (array: unknown, options?: TransferOptions): Promise<Tensor> => {
      const { dtype, shape, data } = (await remoteArray(bound, array, options)) as ArrayReply;
      return tensor(data, shape, { dtype });
    },
  };
}
