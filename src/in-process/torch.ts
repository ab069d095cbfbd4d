import type { Tensor, TransferOptions } from '../contract/tensor.ts';
import { ConversionError, CopyRequiredError, DtypeError } from '../errors/errors.ts';
import { errors } from '../errors/python-errors.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import type { ExchangeTable } from '../native/tensor-binding.ts';
import { countCopy } from '../tensor/copies.ts';
import { asTensor, tensor } from '../tensor/make.ts';
import { NativeTensor } from '../tensor/native-tensor.ts';
import { noTorch, torchRefusal } from '../tensor/torch-kind.ts';
import { forbids, fromBits, fromNumpy } from '../tensor/transfer.ts';
import { idOf, own } from './own.ts';
import { makeFresh } from './python-object.ts';

const ModuleNotFoundError = errors.get('ModuleNotFoundError');

type Given = ReturnType<typeof asTensor>;

/** A name of python/snakepit/torch_bridge.py, which imports torch. */
function bridge(name: string): HandleId {
  try {
    return own('torch_bridge', name);
  } catch (error) {
    if (!(error instanceof ModuleNotFoundError)) throw error;
    throw noTorch(error);
  }
}

/** null: this torch has none. */
let table: ExchangeTable | null | undefined;

function exchangeTable(): ExchangeTable | null {
  const capsule = bridge('exchange');
  return loadBinding().exchange(capsule) ?? null;
}

/** torch has no negative strides, and no times. */
function forTorch(given: NativeTensor, options?: TransferOptions): NativeTensor {
  const { dtype, parsed, contiguous, strides } = NativeTensor.layoutOf(given);
  if (parsed.kind === 'M' || parsed.kind === 'm') {
    throw new DtypeError(
      `torch has no ${dtype}; pass its ticks: tensor(t.data, t.shape, { dtype: 'int64' })`,
      { dtype },
    );
  }
  if (contiguous || strides.every((stride) => stride >= 0)) return given;
  if (forbids(options)) {
    throw new CopyRequiredError(
      'a torch tensor has no negative strides, so this needs a copy (strides), and ' +
        "copy: 'forbid' is set; allow the copy, or pass toOwned()",
      { reason: 'strides' },
    );
  }
  const owned = given.toOwned();
  countCopy('strides', owned.data.byteLength);
  return owned;
}

/**
 * A torch tensor over the memory of a Tensor, a typed array or `{ data, shape }`. Writes on one
 * side are seen on the other; the memory lives as long as either side uses it.
 *
 * @param value of any dtype that torch has: bool, (u)int8–64, float16, bfloat16, float32, float64,
 *   complex64, complex128
 * @throws ConversionError where torch is not installed; DtypeError for datetime64 and timedelta64;
 *   CopyRequiredError for negative strides under `copy: 'forbid'`
 */
export function toTorch(value: unknown, options?: TransferOptions): unknown {
  const read = asTensor(value);
  const laidOut = NativeTensor.is(read);
  const given = laidOut ? forTorch(read, options) : read;
  table ??= exchangeTable();
  const forbidden = forbids(options);
  if (table === null) return orFresh(byNumpy(given, forbidden));
  const data = laidOut ? NativeTensor.describe(given) : undefined;
  return orFresh(loadBinding().handOverByExchange(given, forbidden, table, data));
}

function orFresh(made: unknown): unknown {
  return made === undefined ? makeFresh() : made;
}

/** NumPy has no bfloat16: its bits cross, and are named again. */
function byNumpy(given: Given, forbidden: boolean): unknown {
  if (!('dtype' in given) || given.dtype !== 'bfloat16') {
    return loadBinding().handOverTo(given, forbidden, bridge('from_numpy'));
  }
  const { data, shape, strides } = given;
  const byteOffset = given.byteOffset - data.byteOffset;
  const bits = asTensor(tensor(data, shape, { dtype: 'uint16', strides, byteOffset }));
  return loadBinding().handOverTo(bits, forbidden, bridge('bfloat16_from_bits'));
}

/**
 * The memory of a torch tensor on the CPU, as a Tensor: the same bytes, written by either side.
 *
 * @throws ConversionError for tensors that require grad, sparse and quantised ones and those on other
 *   devices, saying what to do; DtypeError for dtypes without a typed array, such as float8
 */
export function fromTorch(value: unknown, options?: TransferOptions): Tensor {
  const id = idOf(value);
  if (id === undefined) {
    throw new ConversionError(
      'py.fromTorch(x) takes a torch.Tensor that lives in Python (a proxy)',
    );
  }
  const kind = loadBinding().call(bridge('kind'), value) as string;
  const refusal = torchRefusal(kind);
  if (refusal !== null) throw refusal;
  const array = loadBinding().call(bridge('memory'), value);
  try {
    return kind === 'bfloat16' ? fromBits(array, kind, options) : fromNumpy(array, options);
  } finally {
    loadBinding().dispose(idOf(array) as HandleId);
  }
}
