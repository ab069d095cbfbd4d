import type { TransferOptions } from '../contract/tensor.ts';
import { ConversionError } from '../errors/errors.ts';
import { countPiece, shiftBits } from './bitmap.ts';
import { formatOf } from './format-out.ts';
import { encodeMetadata } from './metadata.ts';
import { oneChunk } from './one-chunk.ts';
import { hasNulls, padded } from './padded.ts';
import {
  type ArrowData,
  type ArrowField,
  type ArrowType,
  DENSE,
  FLAG,
  TYPE,
  type View,
} from './shapes.ts';

type FieldLike = Pick<ArrowField, 'name' | 'type' | 'nullable' | 'metadata'>;

/** The part of a buffer that a table uses. */
interface Region {
  readonly index: number;
  readonly view: View;
  low: number;
  high: number;
}

const VARIABLE: ReadonlySet<number> = new Set([
  TYPE.Binary,
  TYPE.LargeBinary,
  TYPE.Utf8,
  TYPE.LargeUtf8,
]);
const LISTS: ReadonlySet<number> = new Set([TYPE.List, TYPE.LargeList, TYPE.Map]);
const VIEWS: ReadonlySet<number> = new Set([TYPE.BinaryView, TYPE.Utf8View]);
const NO_METADATA: ReadonlyMap<string, string> = new Map();

/**
 * Arrow data of JavaScript's as `arrowHandOver` wants it: the schema once, then each batch, all in
 * pre-order. Memory is named, not copied: each ArrayBuffer once, as far as it is used.
 */
export class Outgoing {
  readonly #options: TransferOptions | undefined;
  readonly #text: string[] = [];
  readonly #fields: number[] = [0];
  readonly #metadata: (Uint8Array | undefined)[] = [];
  #hasMetadata = false;
  readonly #nodes: number[] = [0];
  readonly #regions = new Map<ArrayBufferLike, Region>();
  /** Where in #nodes a place in a region stands, which is not known before all of it is. */
  readonly #places: { readonly at: number; readonly region: Region }[] = [];

  constructor(options: TransferOptions | undefined) {
    this.#options = options;
  }

  /** A struct of these fields, as tables and record batches are. */
  root(fields: readonly FieldLike[], metadata: ReadonlyMap<string, string>): void {
    this.#field('+s', '', 0, metadata, fields.length);
    for (const field of fields) this.field(field);
  }

  field({ name, type, nullable, metadata }: FieldLike): void {
    if (name.includes('\0')) {
      throw new ConversionError(
        'an Arrow field whose name has a NUL in it cannot cross: rename it',
      );
    }
    const flags = (nullable ? FLAG.nullable : 0) | flagsOf(type);
    if (type.typeId === TYPE.Dictionary) {
      this.#field(formatOf(type), name, flags, metadata, 0, true);
      const values = type.dictionary as ArrowType;
      this.field({ name: '', type: values, nullable: true, metadata: NO_METADATA });
      return;
    }
    const children = childrenOf(type);
    this.#field(formatOf(type), name, flags, metadata, children.length);
    for (const child of children) this.field(child);
  }

  #field(
    format: string,
    name: string,
    flags: number,
    metadata: ReadonlyMap<string, string>,
    children: number,
    dictionary = false,
  ): void {
    this.#text.push(format, name);
    this.#fields.push(flags, children, dictionary ? 1 : 0);
    this.#fields[0] = (this.#fields[0] as number) + 1;
    const some = metadata.size > 0;
    this.#hasMetadata ||= some;
    this.#metadata.push(some ? encodeMetadata(metadata) : undefined);
  }

  /** The columns of one batch below the root struct. */
  batch(columns: readonly ArrowData[], length: number): void {
    this.#begin();
    this.#nodes.push(length, 0, 0, 1, -1, 0, 0);
    for (const column of columns) this.#node(column);
  }

  /** One chunk of a vector. */
  chunk(data: ArrowData): void {
    this.#begin();
    this.#node(data);
  }

  #begin(): void {
    this.#nodes[0] = (this.#nodes[0] as number) + 1;
  }

  #node(data: ArrowData): void {
    const { typeId } = data.type;
    if (typeId === TYPE.Null) {
      this.#nodes.push(data.length, data.length, 0, 0);
      return;
    }
    if (typeId === TYPE.Union) {
      this.#union(data);
    } else if (typeId === TYPE.Bool) {
      this.#bool(data);
    } else {
      const buffers = this.#buffersOf(data);
      this.#nulls(data, 1 + buffers.length);
      for (const buffer of buffers) this.#buffer(buffer);
    }
    for (const [i, field] of childrenOf(data.type).entries()) {
      this.#node(data.children[i] ?? emptyOf(field.type));
    }
    if (typeId === TYPE.Dictionary) this.#node(oneChunk(data, this.#options));
  }

  /** Those behind the bitmap. */
  #buffersOf(data: ArrowData): readonly (View | undefined)[] {
    const { typeId } = data.type;
    if (VARIABLE.has(typeId) || LISTS.has(typeId)) {
      const offsets = padded(data, data.valueOffsets, data.length + 1, this.#options);
      return LISTS.has(typeId) ? [offsets] : [offsets, data.values];
    }
    if (VIEWS.has(typeId)) return [data.values, ...(data.variadicBuffers ?? [])];
    if (typeId === TYPE.Struct || typeId === TYPE.FixedSizeList) return [];
    return [padded(data, data.values, data.length * data.stride, this.#options)];
  }

  #union(data: ArrowData): void {
    const dense = data.type.mode === DENSE;
    this.#nodes.push(data.length, 0, 0, dense ? 2 : 1);
    this.#buffer(data.typeIds);
    if (dense) this.#buffer(data.valueOffsets);
  }

  /** Its values are bits too, so the offset may stay for both. */
  #bool(data: ArrowData): void {
    const { nullBitmap, offset, length } = data;
    const nulls = hasNulls(data);
    // Of no value there is no bit to skip either.
    this.#nodes.push(length, nulls ? -1 : 0, length === 0 ? 0 : offset & 7, 2);
    this.#bits(nulls ? nullBitmap : undefined, offset);
    this.#bits(padded(data, data.values, (offset + length + 7) >> 3, this.#options), offset);
  }

  #bits(bitmap: View | undefined, offset: number): void {
    this.#buffer(bitmap, offset >> 3);
  }

  /** In apache-arrow the offset is the bitmap's alone: values are sliced already. */
  #nulls(data: ArrowData, buffers: number): void {
    const { nullBitmap, offset, length } = data;
    if (!hasNulls(data) || nullBitmap === undefined) {
      this.#nodes.push(length, 0, 0, buffers);
      this.#buffer(undefined);
      return;
    }
    this.#nodes.push(length, -1, 0, buffers);
    if ((offset & 7) === 0) {
      this.#bits(nullBitmap, offset);
      return;
    }
    countPiece((length + 7) >> 3, this.#options);
    this.#buffer(shiftBits(nullBitmap, offset, length));
  }

  #buffer(view: View | undefined, skip = 0): void {
    const bytes = (view?.byteLength ?? 0) - skip;
    if (view === undefined || bytes <= 0) {
      this.#nodes.push(-1, 0, 0);
      return;
    }
    const region = this.#region(view);
    const start = view.byteOffset + skip;
    region.low = Math.min(region.low, start);
    region.high = Math.max(region.high, start + bytes);
    this.#places.push({ at: this.#nodes.length + 1, region });
    this.#nodes.push(region.index, start, bytes);
  }

  #region(view: View): Region {
    const known = this.#regions.get(view.buffer);
    if (known !== undefined) return known;
    const made = { index: this.#regions.size, view, low: Infinity, high: 0 };
    this.#regions.set(view.buffer, made);
    return made;
  }

  get text(): string {
    return `${this.#text.join('\0')}\0`;
  }

  get metadata(): readonly (Uint8Array | undefined)[] | undefined {
    return this.#hasMetadata ? this.#metadata : undefined;
  }

  get memory(): ArrayBufferView[] {
    return [...this.#regions.values()].map(({ view, low, high }) =>
      view.byteOffset === low && view.byteLength === high - low
        ? view
        : new Uint8Array(view.buffer, low, high - low),
    );
  }

  /** After everything was added. */
  get numbers(): Float64Array {
    for (const { at, region } of this.#places) {
      this.#nodes[at] = (this.#nodes[at] as number) - region.low;
    }
    this.#places.length = 0;
    return Float64Array.from([...this.#fields, ...this.#nodes]);
  }
}

/** A dictionary's are those of its values. */
const childrenOf = (type: ArrowType): readonly ArrowField[] =>
  type.typeId === TYPE.Dictionary ? [] : (type.children ?? []);

/** What apache-arrow leaves out below an empty column. */
const emptyOf = (type: ArrowType): ArrowData => ({
  ...{ type, offset: 0, length: 0, stride: 1, _nullCount: 0, children: [] },
  dictionary: { type, data: [] },
});

function flagsOf(type: ArrowType): number {
  if (type.typeId === TYPE.Map) return type.keysSorted === true ? FLAG.keysSorted : 0;
  return type.typeId === TYPE.Dictionary && type.isOrdered === true ? FLAG.ordered : 0;
}
