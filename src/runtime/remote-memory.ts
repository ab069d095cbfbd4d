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
import { torchRefusal } from '../tensor/torch-kind.ts';

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

/** Functions of python/snakepit/torch_bridge.py, wherever they run. */
interface TorchBridge {
  from_numpy(array: unknown): unknown;
  kind(tensor: unknown): PromiseLike<string>;
  memory(tensor: unknown): unknown;
}

const torchBridge = (bound: Bound): TorchBridge =>
  remoteModule(bound, '_snakepit.torch_bridge') as TorchBridge;

/**
 * NumPy both ways. A worker's memory is its own: each way is one copy, which is counted. That of
 * `py.async` is this process's, and shared.
 */
export function remoteMemory(bound: Bound): object {
  return {
    alloc,
    toNumpy: (value: unknown, options?: TransferOptions) => remoteValue(bound, value, options),
    fromNumpy: async (array: unknown, options?: TransferOptions): Promise<Tensor> => {
      const reply = (await remoteArray(bound, array, options)) as ArrayReply | NativeTensor;
      // Of this process, over the same memory.
      if (reply instanceof NativeTensor) return reply;
      return tensor(reply.data, reply.shape, { dtype: reply.dtype });
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
      const dtype = kind === 'bfloat16' ? kind : reply.dtype;
      return tensor(reply.data, reply.shape, { dtype });
    },
  };
}
