import type { ArrowLibrary } from './library.ts';
import {
  type ArrowData,
  type ArrowType,
  type ArrowVector,
  DENSE,
  TYPE,
  type View,
  type ViewClass,
} from './shapes.ts';

/** One batch of Python's, whose buffers are shown one by one. */
export interface IncomingBatch {
  /** The buffer's elements as far as the node reaches; undefined where there are none. */
  open(node: number, slot: number, Class: ViewClass): View | undefined;
}

/** Where a node's data comes from. */
export interface Origin {
  readonly batch: IncomingBatch;
  readonly node: number;
  /** Of strings by views. */
  readonly variadic: number;
}

type LazyDataClass = new (
  origin: Origin,
  type: ArrowType,
  bitOffset: number,
  length: number,
  nullCount: number,
  children: readonly ArrowData[],
  dictionary?: ArrowVector,
) => ArrowData;

/** In the order of the C structures; the buffers of string views come after all that are fixed. */
const VALIDITY = 0;
const VALUES = 1;
const OFFSETS = 1;
const BYTES_OF_STRINGS = 2;
const TYPE_IDS = 0;
const VARIADIC = 3;

const EMPTY = new Uint8Array(0);
const STRINGS: ReadonlySet<number> = new Set([TYPE.Binary, TYPE.Utf8]);
const LARGE_STRINGS: ReadonlySet<number> = new Set([TYPE.LargeBinary, TYPE.LargeUtf8]);
const LISTS: ReadonlySet<number> = new Set([TYPE.List, TYPE.Map]);
const VALUELESS: ReadonlySet<number> = new Set([
  ...[TYPE.Null, TYPE.Struct, TYPE.Union],
  ...[TYPE.List, TYPE.LargeList, TYPE.Map, TYPE.FixedSizeList],
]);

const isStrings = (id: number): boolean => STRINGS.has(id) || LARGE_STRINGS.has(id);

function valuesOf(type: ArrowType, { batch, node }: Origin): View | undefined {
  const { typeId } = type;
  if (VALUELESS.has(typeId)) return undefined;
  if (isStrings(typeId)) return batch.open(node, BYTES_OF_STRINGS, Uint8Array) ?? EMPTY;
  const Class = typeId === TYPE.Bool ? Uint8Array : (type.indices ?? type).ArrayType;
  return batch.open(node, VALUES, Class) ?? new Class(0);
}

function offsetsOf(type: ArrowType, { batch, node }: Origin): View | undefined {
  const { typeId } = type;
  const dense = typeId === TYPE.Union && type.mode === DENSE;
  if (dense) return batch.open(node, OFFSETS, Int32Array) ?? new Int32Array(0);
  const small = STRINGS.has(typeId) || LISTS.has(typeId);
  if (small) return batch.open(node, OFFSETS, Int32Array) ?? new Int32Array(1);
  const large = LARGE_STRINGS.has(typeId) || typeId === TYPE.LargeList;
  return large ? (batch.open(node, OFFSETS, BigInt64Array) ?? new BigInt64Array(1)) : undefined;
}

/** What is looked up at first access, by the name of Data's property. */
const PARTS: Readonly<Record<string, (type: ArrowType, origin: Origin, nulls: number) => unknown>> =
  {
    values: valuesOf,
    valueOffsets: offsetsOf,
    nullBitmap: (type, { batch, node }, nulls) =>
      nulls === 0 || type.typeId === TYPE.Null || type.typeId === TYPE.Union
        ? EMPTY
        : (batch.open(node, VALIDITY, Uint8Array) ?? EMPTY),
    typeIds: (type, { batch, node }) =>
      type.typeId === TYPE.Union
        ? (batch.open(node, TYPE_IDS, Int8Array) ?? new Int8Array(0))
        : undefined,
    variadicBuffers: (_type, { batch, node, variadic }) =>
      Array.from(
        { length: variadic },
        (_, i) => batch.open(node, VARIADIC + i, Uint8Array) ?? EMPTY,
      ),
  };

const ORIGIN = Symbol('snakepit.arrow');

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function makeClass(library: ArrowLibrary): LazyDataClass {
  class LazyData extends library.Data {
    declare [ORIGIN]: Origin;

    constructor(
      origin: Origin,
      type: ArrowType,
      bitOffset: number,
      length: number,
      nullCount: number,
      children: readonly ArrowData[],
      dictionary?: ArrowVector,
    ) {
      super(type, bitOffset, length, nullCount, undefined, children, dictionary);
      this[ORIGIN] = origin;
    }
  }
  for (const [name, find] of Object.entries(PARTS)) {
    Object.defineProperty(LazyData.prototype, name, {
      configurable: true,
      get(this: LazyData) {
        const origin = this[ORIGIN] as Origin | undefined;
        if (origin === undefined) return undefined; // inside Data's constructor
        const value = find(this.type, origin, this._nullCount);
        define(this, name, value);
        return value;
      },
      set(this: LazyData, value: unknown) {
        if ((this[ORIGIN] as Origin | undefined) !== undefined) define(this, name, value);
      },
    });
  }
  return LazyData;
}

const classes = new WeakMap<ArrowLibrary, LazyDataClass>();

/** Data whose buffers are windows onto Python's memory that open at first access. */
export function lazyDataOf(library: ArrowLibrary): LazyDataClass {
  const before = classes.get(library);
  if (before !== undefined) return before;
  const made = makeClass(library);
  classes.set(library, made);
  return made;
}
