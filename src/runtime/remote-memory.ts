import {
  type Dtype,
  parseDtype,
  type Tensor,
  type TransferOptions,
  type TypedArray,
} from '../contract/tensor.ts';
import type { Bound } from '../remote/face.ts';
import { remoteArray, remoteModule, remoteValue } from '../remote/face.ts';
import { tensor } from '../tensor/make.ts';
import { NativeTensor } from '../tensor/native-tensor.ts';
import { type SharedArray, sharedTensor } from '../tensor/shared.ts';
import { torchRefusal } from '../tensor/torch-kind.ts';

interface ArrayReply {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  readonly shared: Pick<SharedArray, 'strides' | 'byteOffset' | 'address'> | null;
}

/** Zeroed memory of this process. */
function alloc(dtype: Dtype, shape: readonly number[]): Tensor {
  const itemsize = parseDtype(dtype)?.itemsize ?? 0;
  const bytes = shape.reduce((product, length) => product * length, itemsize);
  // What is wrong with the shape or the dtype, `tensor` says.
  const memory = new ArrayBuffer(Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0);
  return tensor(memory, shape, { dtype });
}

/** Another dtype with the same bits, where NumPy has no name for it. */
function tensorOf(reply: ArrayReply, as: Dtype = reply.dtype): Tensor {
  const { shape, data, shared } = reply;
  if (shared === null) return tensor(data, shape, { dtype: as });
  return sharedTensor({ dtype: reply.dtype, shape, data, ...shared }, as);
}

/** Functions of python/snakepit/torch_bridge.py, wherever they run. */
interface TorchBridge {
  from_numpy(array: unknown): unknown;
  kind(tensor: unknown): PromiseLike<string>;
  memory(tensor: unknown): unknown;
}

const torchBridge = (bound: Bound): TorchBridge =>
  remoteModule(bound, '_snakepit.torch_bridge') as TorchBridge;

/**
 * NumPy both ways, over the same memory: in this process any, in a worker that of `alloc` and large
 * results. Anything else is copied once, which is counted.
 */
export function remoteMemory(bound: Bound): object {
  return {
    alloc,
    toNumpy: (value: unknown, options?: TransferOptions) => remoteValue(bound, value, options),
    fromNumpy: async (array: unknown, options?: TransferOptions): Promise<Tensor> => {
      const reply = (await remoteArray(bound, array, options)) as ArrayReply | NativeTensor;
      // Of this process, over the same memory.
      return reply instanceof NativeTensor ? reply : tensorOf(reply);
    },
    toTorch: (value: unknown, options?: TransferOptions) =>
      torchBridge(bound).from_numpy(remoteValue(bound, value, options)),
    fromTorch: async (value: unknown, options?: TransferOptions): Promise<Tensor> => {
      const bridge = torchBridge(bound);
      const kind = await bridge.kind(value);
      const refusal = torchRefusal(kind);
      if (refusal !== null) throw refusal;
      const memory = bridge.memory(value);
      const reply = (await remoteArray(bound, memory, options, true)) as ArrayReply;
      return tensorOf(reply, kind === 'bfloat16' ? kind : reply.dtype);
    },
  };
}
