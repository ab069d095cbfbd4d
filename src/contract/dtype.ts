/** Element types: one table that the TypeScript and the native side both go by. */

/** NumPy's time units, coarse to fine. */
export const TIME_UNITS = [
  'Y',
  'M',
  'W',
  'D',
  'h',
  'm',
  's',
  'ms',
  'us',
  'ns',
  'ps',
  'fs',
  'as',
] as const;

export type TimeUnit = (typeof TIME_UNITS)[number];

/** `float16` has an array class of its own only on engines (and in `lib`s) that have one. */
export type Float16Data = typeof globalThis extends { Float16Array: { prototype: infer F } }
  ? F | Uint16Array
  : Uint16Array;

interface DataByName {
  bool: Uint8Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  float16: Float16Data;
  bfloat16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  complex64: Float32Array;
  complex128: Float64Array;
  datetime64: BigInt64Array;
  timedelta64: BigInt64Array;
}

/** A dtype without its unit: the key of {@link DTYPES}. */
export type DtypeName = keyof DataByName;

type TimeName = 'datetime64' | 'timedelta64';

/**
 * A dtype as NumPy spells it.
 *
 * @example
 * const stamp: Dtype = "datetime64[ms]";
 */
export type Dtype =
  | DtypeName
  | `${TimeName}[${TimeUnit}]`
  // NumPy also counts in multiples of a unit: datetime64[25s].
  | `${TimeName}[${number}${TimeUnit}]`;

/** The array class that holds elements of a dtype; any of them where the dtype is not known. */
export type DataOf<D extends Dtype> = D extends DtypeName
  ? DataByName[D]
  : D extends `${TimeName}[${string}`
    ? BigInt64Array
    : never;

/** Every array class that a tensor's data can have. */
export type TypedArray = DataByName[DtypeName];

/** NumPy's one-letter kinds; bfloat16 has none of its own in NumPy, "V" there, "E" here. */
export type DtypeKind = 'b' | 'i' | 'u' | 'f' | 'E' | 'c' | 'M' | 'm';

export interface DtypeRow {
  /** Bytes of one item. */
  readonly itemsize: number;
  /** Name of the array class; float16 falls back to Uint16Array where the engine lacks it. */
  readonly array: string;
  readonly kind: DtypeKind;
  /** Elements of the array class in one item: two for complex numbers. */
  readonly perItem: 1 | 2;
}

/**
 * dtype → layout. Dtypes that are missing here (object, str, void, big-endian, float128) are a
 * DtypeError wherever memory would be shared.
 */
export const DTYPES: Readonly<Record<DtypeName, DtypeRow>> = Object.freeze({
  bool: { itemsize: 1, array: 'Uint8Array', kind: 'b', perItem: 1 },
  int8: { itemsize: 1, array: 'Int8Array', kind: 'i', perItem: 1 },
  uint8: { itemsize: 1, array: 'Uint8Array', kind: 'u', perItem: 1 },
  int16: { itemsize: 2, array: 'Int16Array', kind: 'i', perItem: 1 },
  uint16: { itemsize: 2, array: 'Uint16Array', kind: 'u', perItem: 1 },
  int32: { itemsize: 4, array: 'Int32Array', kind: 'i', perItem: 1 },
  uint32: { itemsize: 4, array: 'Uint32Array', kind: 'u', perItem: 1 },
  int64: { itemsize: 8, array: 'BigInt64Array', kind: 'i', perItem: 1 },
  uint64: { itemsize: 8, array: 'BigUint64Array', kind: 'u', perItem: 1 },
  float16: { itemsize: 2, array: 'Float16Array', kind: 'f', perItem: 1 },
  bfloat16: { itemsize: 2, array: 'Uint16Array', kind: 'E', perItem: 1 },
  float32: { itemsize: 4, array: 'Float32Array', kind: 'f', perItem: 1 },
  float64: { itemsize: 8, array: 'Float64Array', kind: 'f', perItem: 1 },
  complex64: { itemsize: 8, array: 'Float32Array', kind: 'c', perItem: 2 },
  complex128: { itemsize: 16, array: 'Float64Array', kind: 'c', perItem: 2 },
  datetime64: { itemsize: 8, array: 'BigInt64Array', kind: 'M', perItem: 1 },
  timedelta64: { itemsize: 8, array: 'BigInt64Array', kind: 'm', perItem: 1 },
} as const);

/** A dtype's name and, for the two time dtypes, what it counts in (`count` times `unit`). */
export interface ParsedDtype extends DtypeRow {
  readonly name: DtypeName;
  readonly unit: TimeUnit | null;
  readonly count: number;
}

const WITH_UNIT: RegExp =
  /^(datetime64|timedelta64)\[([1-9]\d*)?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\]$/;

/**
 * Reads a dtype's text; null for one that no array class holds, so that the caller can raise an
 * error that names where the dtype came from.
 *
 * @example
 * parseDtype("datetime64[25s]"); // { name: "datetime64", unit: "s", count: 25, itemsize: 8, … }
 */
export function parseDtype(text: string): ParsedDtype | null {
  if (Object.hasOwn(DTYPES, text)) {
    const name = text as DtypeName;
    return { name, unit: null, count: 1, ...DTYPES[name] };
  }
  const match = WITH_UNIT.exec(text);
  if (match === null) return null;
  const name = match[1] as TimeName;
  const count = match[2] === undefined ? 1 : Number(match[2]);
  return { name, unit: match[3] as TimeUnit, count, ...DTYPES[name] };
}

/** Whether `value` is a dtype that a tensor can have. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && parseDtype(value) !== null;
}

/** A constructor of one of the array classes of {@link TypedArray}. */
export interface TypedArrayClass {
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

const GLOBAL_CLASSES = globalThis as unknown as Readonly<Record<string, TypedArrayClass>>;

/** The array class for a dtype on this engine. */
export function arrayClassOf(dtype: Dtype): TypedArrayClass {
  const row = parseDtype(dtype);
  // float16 on an engine without Float16Array is the only row whose class can be absent.
  return (row === null ? undefined : GLOBAL_CLASSES[row.array]) ?? Uint16Array;
}

const DTYPE_OF_ARRAY: ReadonlyMap<string, DtypeName> = new Map([
  ['Int8Array', 'int8'],
  ['Uint8Array', 'uint8'],
  ['Uint8ClampedArray', 'uint8'],
  ['Int16Array', 'int16'],
  ['Uint16Array', 'uint16'],
  ['Int32Array', 'int32'],
  ['Uint32Array', 'uint32'],
  ['BigInt64Array', 'int64'],
  ['BigUint64Array', 'uint64'],
  ['Float16Array', 'float16'],
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
]);

// The getter of %TypedArray%, called below with the value as its `this`.
const TAG = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
) as { readonly get: (this: unknown) => string | undefined };

/**
 * The dtype that an array's class means by itself; null for what is no typed array. It asks the
 * engine, not the constructor's name, so a Buffer and an array of another realm are right too.
 *
 * @example
 * dtypeOfArray(new Float32Array(3)); // "float32"
 */
export function dtypeOfArray(value: unknown): DtypeName | null {
  const tag = TAG.get.call(value);
  return tag === undefined ? null : (DTYPE_OF_ARRAY.get(tag) ?? null);
}
