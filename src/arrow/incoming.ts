import { loadBinding } from '../native/load.ts';
import { NODE_NUMBERS, type TakenArrow } from '../native/arrow-binding.ts';
import { at, SCRATCH } from '../tensor/scratch.ts';
import { typeOf } from './format-in.ts';
import { type IncomingBatch, lazyDataOf } from './lazy-data.ts';
import type { ArrowLibrary } from './library.ts';
import { decodeMetadata } from './metadata.ts';
import {
  type ArrowBatch,
  type ArrowData,
  type ArrowField,
  type ArrowSchema,
  type ArrowType,
  FLAG,
  TYPE,
  type View,
  type ViewClass,
} from './shapes.ts';

type Metadata = TakenArrow['metadata'];

/** A schema in pre-order, as native code tells it, becomes fields. */
class FieldReader {
  readonly #library: ArrowLibrary;
  readonly #text: readonly string[];
  readonly #numbers: Float64Array;
  readonly #metadata: Metadata;
  #at = 0;

  constructor(library: ArrowLibrary, { text, numbers, metadata }: TakenArrow) {
    this.#library = library;
    this.#text = text.split('\0');
    this.#numbers = numbers;
    this.#metadata = metadata;
  }

  next(): ArrowField {
    const index = this.#at++;
    const [format, name] = this.#text.slice(2 * index, 2 * index + 2) as [string, string];
    const [flags, count, dictionary] = this.#numbers.slice(3 * index, 3 * index + 3) as unknown as [
      number,
      number,
      number,
    ];
    const children = Array.from({ length: count }, () => this.next());
    let type = typeOf(this.#library, format, flags, children);
    if (dictionary !== 0) {
      const ordered = (flags & FLAG.ordered) !== 0;
      type = new this.#library.Dictionary(this.next().type, type, null, ordered);
    }
    const raw = this.#metadata?.[index];
    const nullable = (flags & FLAG.nullable) !== 0;
    const metadata = raw === undefined ? undefined : decodeMetadata(raw);
    return new this.#library.Field(name, type, nullable, metadata);
  }
}

/** The one field that stands for all. */
export function readField(library: ArrowLibrary, taken: TakenArrow): ArrowField {
  return new FieldReader(library, taken).next();
}

/** The schema of a table, whose root is a struct. */
export function readSchema(library: ArrowLibrary, root: ArrowField): ArrowSchema {
  return new library.Schema(root.type.children ?? [], root.metadata);
}

/** A batch of Python's: its memory stays as long as this, or anything made of it. */
class NativeBatch implements IncomingBatch {
  readonly table: Float64Array;
  readonly #keeper: unknown;
  readonly #forbid: boolean;

  constructor(table: Float64Array, keeper: unknown, forbid: boolean) {
    this.table = table;
    this.#keeper = keeper;
    this.#forbid = forbid;
  }

  open(node: number, slot: number, Class: ViewClass): View | undefined {
    const itemsize = Class.BYTES_PER_ELEMENT;
    const buffer = loadBinding().arrowBuffer(
      this.table,
      this.#keeper,
      node,
      slot,
      itemsize,
      this.#forbid,
    );
    if (buffer === undefined) return undefined;
    return new Class(buffer, at(SCRATCH.byteOffset), at(SCRATCH.extentBytes) / itemsize);
  }
}

/** Data of a batch, node by node in pre-order. */
class DataReader {
  readonly #library: ArrowLibrary;
  readonly #batch: NativeBatch;
  #node = 0;

  constructor(library: ArrowLibrary, batch: NativeBatch) {
    this.#library = library;
    this.#batch = batch;
  }

  next(type: ArrowType): ArrowData {
    const node = this.#node++;
    const at = NODE_NUMBERS * node;
    const { table } = this.#batch;
    const dictionary = type.typeId === TYPE.Dictionary;
    // A dictionary's `children` are those of its values.
    const children = dictionary ? [] : (type.children ?? []).map((child) => this.next(child.type));
    const values = dictionary
      ? new this.#library.Vector([this.next(type.dictionary as ArrowType)])
      : undefined;
    const origin = { batch: this.#batch, node, variadic: table[at + 3] as number };
    const LazyData = lazyDataOf(this.#library);
    const [length, nulls, bits] = [table[at], table[at + 1], table[at + 2]] as [
      number,
      number,
      number,
    ];
    return new LazyData(origin, type, bits, length, nulls, children, values);
  }
}

/** The data of every batch, of the type that its schema says. */
export function readData(
  library: ArrowLibrary,
  taken: TakenArrow,
  type: ArrowType,
  forbid: boolean,
): ArrowData[] {
  return taken.tables.map((table, i) =>
    new DataReader(library, new NativeBatch(table, taken.keepers[i], forbid)).next(type),
  );
}

/**
 * A RecordBatch over columns of the same length. Its constructor compares names with names, which
 * takes a wide table longer than all else and joins columns of the same name, so it gets none.
 */
export function makeBatch(library: ArrowLibrary, schema: ArrowSchema, data: ArrowData): ArrowBatch {
  const none = new library.Struct([]);
  const nothing = new library.Data(none, 0, data.length, 0, undefined, []);
  const batch = new library.RecordBatch(new library.Schema([]), nothing);
  return Object.assign(batch, { schema, data });
}
