import type { CopyPolicy } from './copies.ts';
import type { DataOf, Dtype, TypedArray } from './dtype.ts';

export type {
  DataOf,
  Dtype,
  DtypeKind,
  DtypeName,
  DtypeRow,
  ParsedDtype,
  TimeUnit,
  TypedArray,
  TypedArrayClass,
} from './dtype.ts';
export { arrayClassOf, DTYPES, dtypeOfArray, isDtype, parseDtype, TIME_UNITS } from './dtype.ts';

/**
 * A handle to memory that Python and JavaScript share, not the data itself. `data` covers the
 * memory from the lowest to the highest element; with the strides it is read without a copy.
 *
 * @example
 * using t = py.alloc("float32", [2, 3]);
 * t.data.fill(1);
 * py.toNumpy(t).sum(); // 6
 */
export interface Tensor<D extends Dtype = Dtype> {
  readonly data: DataOf<D>;
  readonly shape: readonly number[];
  readonly dtype: D;
  /** In elements, as many as `shape`; may be negative or zero. */
  readonly strides: readonly number[];
  /** From the start of `data.buffer` to the first element of the tensor. */
  readonly byteOffset: number;
  /** Nothing may write through `data`: Python would not expect it. */
  readonly readonly: boolean;
  /** Of the first element, as both sides see it: the proof that nothing was copied. */
  readonly address: bigint;
  /** The same values in memory that may be cloned, posted or transferred. */
  toOwned(): Tensor<D>;
  $dispose(): void;
  [Symbol.dispose](): void;
}

/** How the other libraries of the JS world spell a tensor; only `tensor()` and to* read it so. */
interface TensorLikeParts {
  readonly data: TypedArray;
  readonly dtype?: string | undefined;
  /** What onnxruntime and transformers.js call the dtype. */
  readonly type?: string | undefined;
  readonly strides?: readonly number[] | undefined;
  /** What scijs ndarray calls the strides. */
  readonly stride?: readonly number[] | undefined;
  /** In elements, as in scijs ndarray. */
  readonly offset?: number | undefined;
}

/** `{ data, shape | dims, … }`: scijs ndarray, onnxruntime, transformers.js and their kin. */
export type TensorLike =
  | (TensorLikeParts & { readonly shape: readonly number[] })
  | (TensorLikeParts & { readonly dims: readonly number[] });

/** What `tensor()` accepts as its memory. */
export type TensorSource = TypedArray | Uint8ClampedArray | ArrayBufferLike | Tensor | TensorLike;

export interface TensorOptions<D extends Dtype = Dtype> {
  /** Needed where the array class does not say it: complex, bool, bfloat16, times, raw buffers. */
  readonly dtype?: D | undefined;
  /** In elements. */
  readonly strides?: readonly number[] | undefined;
  readonly byteOffset?: number | undefined;
  /** Take the ArrayBuffer over (it is detached) instead of sharing it. */
  readonly move?: boolean | undefined;
}

/** Options of every to* and from* call; the most specific `copy` wins. */
export interface TransferOptions {
  readonly copy?: CopyPolicy | undefined;
}
