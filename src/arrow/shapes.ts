// apache-arrow as far as this room looks into it. Structure and no import: the objects are those of
// the user's copy of the library, whichever that is, and who has none does not load one.

export interface ArrowField {
  name: string;
  readonly type: ArrowType;
  readonly nullable: boolean;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Any DataType; what only some have is optional. */
export interface ArrowType {
  readonly typeId: number;
  readonly children?: readonly ArrowField[] | null;
  readonly ArrayType: ViewClass;
  readonly isSigned?: boolean;
  readonly bitWidth?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly unit?: number;
  readonly timezone?: string | null;
  readonly listSize?: number;
  readonly byteWidth?: number;
  readonly keysSorted?: boolean;
  readonly mode?: number;
  readonly typeIds?: ArrayLike<number>;
  readonly indices?: ArrowType;
  readonly dictionary?: ArrowType;
  readonly isOrdered?: boolean;
}

export type View = ArrayBufferView & { readonly length: number };

export interface ViewClass {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): View;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): View;
}

export interface ArrowData {
  readonly type: ArrowType;
  readonly offset: number;
  readonly length: number;
  /** Elements of the values' array that one value takes. */
  readonly stride: number;
  /** What is known; -1 where nobody counted. */
  readonly _nullCount: number;
  readonly children: readonly ArrowData[];
  readonly dictionary?: ArrowVector;
  readonly values?: View;
  readonly valueOffsets?: View;
  readonly nullBitmap?: View;
  readonly typeIds?: View;
  readonly variadicBuffers?: readonly View[];
}

export interface ArrowVector {
  readonly type: ArrowType;
  readonly data: readonly ArrowData[];
}

export interface ArrowSchema {
  readonly fields: readonly ArrowField[];
  readonly metadata: ReadonlyMap<string, string>;
}

export interface ArrowBatch {
  readonly schema: ArrowSchema;
  readonly data: ArrowData;
}

export interface ArrowTable {
  readonly schema: ArrowSchema;
  readonly batches: readonly ArrowBatch[];
}

/** The library's Type, as far as types are told apart here. The numbers are part of its format. */
export const TYPE = {
  Null: 1,
  Int: 2,
  Float: 3,
  Binary: 4,
  Utf8: 5,
  Bool: 6,
  Decimal: 7,
  Date: 8,
  Time: 9,
  Timestamp: 10,
  Interval: 11,
  List: 12,
  Struct: 13,
  Union: 14,
  FixedSizeBinary: 15,
  FixedSizeList: 16,
  Map: 17,
  Duration: 18,
  LargeBinary: 19,
  LargeUtf8: 20,
  LargeList: 21,
  BinaryView: 23,
  Utf8View: 24,
  Dictionary: -1,
} as const;

/** Flags of a field in the C Data Interface. */
export const FLAG = { ordered: 1, nullable: 2, keysSorted: 4 } as const;

/** UnionMode.Dense. */
export const DENSE = 1;

type Shape = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

const isSchema = (value: unknown): value is ArrowSchema =>
  isObject(value) && Array.isArray(value['fields']);

export const isTable = (value: unknown): value is ArrowTable =>
  isObject(value) && isSchema(value['schema']) && Array.isArray(value['batches']);

export const isBatch = (value: unknown): value is ArrowBatch =>
  isObject(value) &&
  isSchema(value['schema']) &&
  isObject(value['data']) &&
  Array.isArray(value['data']['children']);

export const isVector = (value: unknown): value is ArrowVector =>
  isObject(value) &&
  Array.isArray(value['data']) &&
  isObject(value['type']) &&
  typeof value['type']['typeId'] === 'number';

/** A source of record batches that says what they are: the library's RecordBatchReader. */
export const schemaOf = (value: unknown): ArrowSchema | undefined =>
  isObject(value) && isSchema(value['schema']) ? value['schema'] : undefined;
