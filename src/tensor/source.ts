import { type Dtype, dtypeOfArray, parseDtype, type TypedArray } from '../contract/dtype.ts';
import type { TensorLike } from '../contract/tensor.ts';
import { ConversionError } from '../errors/errors.ts';
import { NativeTensor } from './native-tensor.ts';

/** What a source says about itself, before options have their say. */
export interface Source {
  readonly bytes: Uint8Array;
  /** Null: raw bytes, any dtype may be read into them. */
  readonly arrayName: string | null;
  readonly dtype: Dtype;
  readonly shape: readonly number[] | null;
  readonly strides: readonly number[] | null;
  /** Bytes from the start of `bytes`. */
  readonly offset: number;
}

/** Names that other libraries give to dtypes. */
const OTHER_NAMES: ReadonlyMap<string, Dtype> = new Map([
  ['float', 'float32'],
  ['double', 'float64'],
  ['half', 'float16'],
  ['int', 'int32'],
  ['boolean', 'bool'],
]);

function detached(cause: unknown): ConversionError {
  return new ConversionError(
    'the ArrayBuffer behind this data is detached (it was transferred, or its WebAssembly ' +
      'memory grew): pass what has the memory now',
    { cause },
  );
}

function wholeBuffer(buffer: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch (cause) {
    throw detached(cause);
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  try {
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  } catch (cause) {
    throw detached(cause);
  }
}

function isArrayBufferLike(value: unknown): value is ArrayBufferLike {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

function ofArray(array: TypedArray): Source {
  const dtype = dtypeOfArray(array) as Dtype;
  // A Buffer is bytes that somebody read; the other classes say what is in them.
  const arrayName = dtype === 'uint8' ? null : array[Symbol.toStringTag];
  return { bytes: bytesOf(array), arrayName, dtype, shape: null, strides: null, offset: 0 };
}

function ofTensor(tensor: NativeTensor): Source {
  const data = tensor.data;
  return {
    ...ofArray(data),
    arrayName: data[Symbol.toStringTag],
    dtype: tensor.dtype,
    shape: tensor.shape,
    strides: NativeTensor.layoutOf(tensor).contiguous ? null : tensor.strides,
    offset: tensor.byteOffset - data.byteOffset,
  };
}

function likeDtype(like: TensorLike, own: Dtype): Dtype {
  const named = like.dtype ?? like.type;
  if (typeof named !== 'string') return own;
  const dtype = OTHER_NAMES.get(named) ?? named;
  // scijs says "array" or "buffer" where the class of `data` is what counts.
  return parseDtype(dtype) === null ? own : (dtype as Dtype);
}

function ofLike(like: TensorLike): Source {
  if (dtypeOfArray(like.data) === null) {
    throw new ConversionError('a { data, shape } tensor needs a typed array as its data');
  }
  const own = ofArray(like.data);
  const shape = 'shape' in like ? like.shape : like.dims;
  const strides = like.strides ?? like.stride ?? null;
  const dtype = likeDtype(like, own.dtype);
  const itemsize = parseDtype(dtype)?.itemsize ?? 1;
  return { ...own, dtype, shape, strides, offset: (like.offset ?? 0) * itemsize };
}

/** Whatever tensor() takes. */
export function readSource(source: unknown): Source {
  if (NativeTensor.is(source)) return ofTensor(source);
  if (dtypeOfArray(source) !== null) return ofArray(source as TypedArray);
  if (isArrayBufferLike(source)) {
    return { ...ofArray(wholeBuffer(source)), arrayName: null };
  }
  if (typeof source === 'object' && source !== null && 'data' in source) {
    if ('shape' in source || 'dims' in source) return ofLike(source as TensorLike);
  }
  throw new ConversionError(
    'tensor() takes a typed array, an ArrayBuffer, a SharedArrayBuffer, a Tensor, or an object ' +
      'with data and shape (or dims)',
  );
}
