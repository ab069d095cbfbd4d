import type { Dtype, Tensor, TransferOptions, TypedArray } from '../contract/tensor.ts';
import type { Bound } from '../remote/face.ts';
import { remoteArray, remoteValue } from '../remote/face.ts';
import { tensor } from '../tensor/make.ts';

interface ArrayReply {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** NumPy both ways. A worker's memory is its own: each way is one copy, which is counted. */
export function remoteMemory(bound: Bound): object {
  return {
    toNumpy: (value: unknown, options?: TransferOptions) => remoteValue(bound, value, options),
    fromNumpy: async (array: unknown, options?: TransferOptions): Promise<Tensor> => {
      const { dtype, shape, data } = (await remoteArray(bound, array, options)) as ArrayReply;
      return tensor(data, shape, { dtype });
    },
  };
}
