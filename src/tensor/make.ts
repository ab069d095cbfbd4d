import {
  type Dtype,
  DTYPES,
  dtypeOfArray,
  type ParsedDtype,
  parseDtype,
  type TypedArray,
} from '../contract/dtype.ts';
import type { Tensor, TensorOptions, TensorSource } from '../contract/tensor.ts';
import { ConversionError, DtypeError } from '../errors/errors.ts';
import { classFor } from './array-class.ts';
import { elementsOf, isRowMajor, type Layout, reach, rowMajor } from './layout.ts';
import { NativeTensor } from './native-tensor.ts';
import { readSource, type Source } from './source.ts';
import { takeOver } from './take-over.ts';

/** The error for what is no dtype, with all that are. */
export function noDtype(asked: unknown): DtypeError {
  const name = typeof asked === 'string' ? asked : `a ${typeof asked}`;
  return new DtypeError(
    `${name} is no dtype that JavaScript and Python can share; those are ` +
      Object.keys(DTYPES).join(', '),
    { dtype: name },
  );
}

function chooseDtype(source: Source, asked: unknown): ParsedDtype & { readonly text: Dtype } {
  const text = asked ?? source.dtype;
  const parsed = typeof text === 'string' ? parseDtype(text) : null;
  if (parsed === null) throw noDtype(text);
  const holder = classFor(parsed.name).name;
  if (source.arrayName !== null && source.arrayName !== holder) {
    // Float16Array exists on some engines only, so Uint16Array holds float16 on all.
    const sixteen = parsed.itemsize === 2 && source.arrayName === 'Uint16Array';
    if (!sixteen || (parsed.name !== 'float16' && parsed.name !== 'bfloat16')) {
      throw new DtypeError(
        `dtype ${parsed.name} needs a ${holder}, not a ${source.arrayName}; pass the buffer ` +
          'itself to read its bytes as that dtype',
        { dtype: parsed.name },
      );
    }
  }
  return { ...parsed, text: text as Dtype };
}

function shapeOf(source: Source, asked: readonly number[] | undefined, items: number): number[] {
  const shape = asked ?? source.shape ?? [items];
  elementsOf(shape);
  return [...shape];
}

function areStrides(value: unknown, dimensions: number): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length === dimensions &&
    value.every((step) => Number.isSafeInteger(step))
  );
}

function stridesOf(
  shape: readonly number[],
  asked: readonly number[] | null,
  room: number,
): { readonly strides: number[]; readonly contiguous: boolean } {
  if (asked === null) {
    const needed = elementsOf(shape);
    if (needed !== room) {
      throw new ConversionError(
        `a tensor of shape [${shape.join(', ')}] has ${String(needed)} elements, but its data ` +
          `has ${String(room)}; pass the part of the data that is meant (subarray), or strides`,
      );
    }
    return { strides: rowMajor(shape), contiguous: true };
  }
  if (!areStrides(asked, shape.length)) {
    throw new ConversionError('strides are whole numbers of elements, one for each dimension');
  }
  return { strides: [...asked], contiguous: isRowMajor(shape, asked) };
}

const OPTIONS: ReadonlySet<string> = new Set(['dtype', 'strides', 'byteOffset', 'move']);

function readTensorOptions(options: unknown): TensorOptions {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object') {
    throw new ConversionError(`tensor() takes its options as an object, not a ${typeof options}`);
  }
  const unknown = Object.keys(options).find((key) => !OPTIONS.has(key));
  if (unknown !== undefined) {
    throw new ConversionError(
      `tensor() has no option ${unknown}; there are ${[...OPTIONS].join(', ')}`,
    );
  }
  const { move } = options as TensorOptions;
  if (move !== undefined && typeof move !== 'boolean') {
    throw new ConversionError('the option move is true or false');
  }
  return options;
}

function isShape(value: readonly number[] | TensorOptions): value is readonly number[] {
  return Array.isArray(value);
}

function layOut(source: Source, shape: unknown, options: TensorOptions): NativeTensor {
  const parsed = chooseDtype(source, options.dtype);
  const offset = options.byteOffset ?? source.offset;
  const { bytes } = source;
  const room = (bytes.byteLength - offset) / parsed.itemsize;
  const start = bytes.byteOffset + offset;
  const Class = classFor(parsed.name);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > bytes.byteLength) {
    throw new ConversionError(`byteOffset ${String(offset)} lies outside of the data`);
  }
  if (start % Class.BYTES_PER_ELEMENT !== 0) {
    throw new ConversionError(
      `${parsed.name} elements cannot start at byte ${String(start)} of their buffer: it is no ` +
        `multiple of ${String(Class.BYTES_PER_ELEMENT)}`,
    );
  }
  const asked = (shape ?? undefined) as readonly number[] | undefined;
  const sizes = shapeOf(source, asked, Math.floor(room));
  const inherited = asked === undefined ? source.strides : null;
  const reshaped = asked !== undefined && source.strides !== null && options.strides === undefined;
  if (reshaped) {
    throw new ConversionError(
      'a tensor with strides has no other shape over the same memory: toOwned() makes it contiguous',
    );
  }
  const { strides, contiguous } = stridesOf(sizes, options.strides ?? inherited, room);
  const { low, high } = reach(sizes, strides);
  const first = start + low * parsed.itemsize;
  if (first < bytes.byteOffset || high > room) {
    throw new ConversionError('these strides reach outside of the data');
  }
  const length = (high - low) * parsed.perItem;
  const data = new Class(bytes.buffer, first, length);
  const layout: Layout = {
    dtype: parsed.text,
    parsed,
    shape: sizes,
    strides,
    contiguous,
    byteOffset: start,
  };
  return new NativeTensor(layout, data);
}

/**
 * A handle to memory of JavaScript's that Python can share: no element is read or copied.
 *
 * @param source a typed array, an ArrayBuffer, a SharedArrayBuffer, a Tensor, or `{data, shape}`.
 * @param shape default: one dimension. May be left out before options.
 * @param options `dtype` for what the array's class does not say (complex64, bool, bfloat16,
 *   datetime64[ns], …); `strides` in elements; `byteOffset` from the start of `source`;
 *   `move: true` takes the ArrayBuffer over, which detaches it.
 * @throws DtypeError, ConversionError
 *
 * @example
 * const t = tensor(new Float32Array([1, 2, 3, 4]), [2, 2]);
 * py.toNumpy(t).sum(); // 10
 */
export function tensor<const D extends Dtype>(
  source: TensorSource,
  shape: readonly number[] | undefined,
  options: TensorOptions<D> & { readonly dtype: D },
): Tensor<D>;
export function tensor<const D extends Dtype>(
  source: TensorSource,
  options: TensorOptions<D> & { readonly dtype: D },
): Tensor<D>;
export function tensor(
  source: TensorSource,
  shape?: readonly number[] | TensorOptions,
  options?: TensorOptions,
): Tensor;
export function tensor(
  source: TensorSource,
  shape?: readonly number[] | TensorOptions,
  options?: TensorOptions,
): Tensor {
  const early = typeof shape === 'object' && !isShape(shape);
  const chosen = readTensorOptions(early ? shape : options);
  const sizes = early ? undefined : shape;
  const made = layOut(readSource(source), sizes, chosen);
  // Only what is a tensor is taken over: a mistake costs no data.
  return chosen.move === true ? layOut(readSource(takeOver(source)), sizes, chosen) : made;
}

/** A typed array as it is, everything else as a tensor. */
export function asTensor(value: unknown): TypedArray | NativeTensor {
  if (NativeTensor.is(value)) return value;
  const name = dtypeOfArray(value);
  if (name !== null) return value as TypedArray;
  return layOut(readSource(value), undefined, {});
}
