import type { TransferOptions } from '../contract/tensor.ts';
import { ConversionError } from '../errors/errors.ts';
import type { TakenArrow } from '../native/arrow-binding.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { forbids } from '../tensor/transfer.ts';
import { makeBatch, readData, readField, readSchema } from './incoming.ts';
import { arrowLibrary } from './library.ts';
import { Outgoing } from './outgoing.ts';
import {
  type ArrowBatch,
  type ArrowField,
  type ArrowSchema,
  type ArrowTable,
  type ArrowVector,
  isBatch,
  isTable,
  isVector,
  schemaOf,
  TYPE,
} from './shapes.ts';

/** What the room of Python's objects lends: this one is loaded when somebody needs it. */
export interface ArrowHost {
  /** A function of python/snakepit/arrow.py. */
  own(name: string): HandleId;
  idOf(value: unknown): HandleId | undefined;
  dispose(proxy: unknown): void;
}

const NO_METADATA: ReadonlyMap<string, string> = new Map();

function handOver(
  host: ArrowHost,
  fn: string,
  outgoing: Outgoing,
  options: TransferOptions | undefined,
): unknown {
  const { text, numbers, metadata, memory } = outgoing;
  const id = host.own(fn);
  const forbidden = forbids(options);
  return loadBinding().arrowHandOver(id, text, numbers, metadata, memory, forbidden);
}

function tableToPython(
  host: ArrowHost,
  { schema, batches }: ArrowTable,
  options?: TransferOptions,
): unknown {
  const outgoing = new Outgoing(options);
  outgoing.root(schema.fields, schema.metadata);
  for (const { data } of batches) outgoing.batch(data.children, data.length);
  return handOver(host, 'table', outgoing, options);
}

function batchToPython(
  host: ArrowHost,
  { schema, data }: ArrowBatch,
  options?: TransferOptions,
): unknown {
  const outgoing = new Outgoing(options);
  outgoing.root(schema.fields, schema.metadata);
  outgoing.batch(data.children, data.length);
  return handOver(host, 'batch', outgoing, options);
}

function vectorToPython(
  host: ArrowHost,
  { type, data }: ArrowVector,
  options?: TransferOptions,
): unknown {
  const outgoing = new Outgoing(options);
  outgoing.field({ name: '', type, nullable: true, metadata: NO_METADATA });
  for (const chunk of data) outgoing.chunk(chunk);
  return handOver(host, data.length === 1 ? 'array' : 'chunked', outgoing, options);
}

function* inPython(
  host: ArrowHost,
  batches: Iterable<unknown>,
  options?: TransferOptions,
): Generator {
  for (const batch of batches) {
    if (!isBatch(batch)) {
      throw new ConversionError('py.toArrow(batches): each of them must be a RecordBatch');
    }
    yield batchToPython(host, batch, options);
  }
}

/** The first batch tells the schema, and is the first again. */
function* withFirst(first: IteratorResult<unknown>, rest: Iterator<unknown>): Generator {
  let step = first;
  try {
    while (step.done !== true) {
      yield step.value;
      step = rest.next();
    }
  } finally {
    if (step.done !== true) rest.return?.();
  }
}

function streamToPython(
  host: ArrowHost,
  source: Iterable<unknown>,
  options?: TransferOptions,
): unknown {
  let schema = schemaOf(source);
  let batches = source;
  if (schema === undefined) {
    const iterator = source[Symbol.iterator]();
    const first = iterator.next();
    schema = schemaOf(first.value);
    batches = withFirst(first, iterator);
  }
  if (schema === undefined) throw refusal();
  const empty = tableToPython(host, { schema, batches: [] });
  const reader = host.own('reader');
  return loadBinding().call(reader, empty, inPython(host, batches, options));
}

function refusal(): ConversionError {
  return new ConversionError(
    'py.toArrow(x) takes a Table, a RecordBatch or a Vector of apache-arrow, or something that ' +
      'iterates over RecordBatches of one schema and has at least one',
  );
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** See {@link PythonMemory.toArrow}. */
export function toArrow(host: ArrowHost, value: unknown, options?: TransferOptions): unknown {
  if (isTable(value)) return tableToPython(host, value, options);
  if (isBatch(value)) return batchToPython(host, value, options);
  if (isVector(value)) return vectorToPython(host, value, options);
  if (!isIterable(value)) throw refusal();
  return streamToPython(host, value, options);
}

/** Record batches of Python's, one after the other, each read when it is asked for. */
export interface ArrowStream extends IterableIterator<ArrowBatch> {
  readonly schema: ArrowSchema;
}

function* readStream(
  host: ArrowHost,
  reader: Iterable<unknown>,
  options?: TransferOptions,
): Generator<ArrowBatch, undefined> {
  try {
    for (const batch of reader) {
      const read = fromArrow(host, batch, options) as ArrowBatch;
      host.dispose(batch);
      yield read;
    }
  } finally {
    loadBinding().call(host.own('close'), reader);
    host.dispose(reader);
  }
  return undefined;
}

function streamFromPython(host: ArrowHost, value: unknown, options?: TransferOptions): ArrowStream {
  const reader = loadBinding().callForProxy(host.own('open_reader'), value);
  const described = loadBinding().callForProxy(host.own('schema_of'), reader);
  const schema = fromArrow(host, described, options) as ArrowSchema;
  host.dispose(described);
  return Object.assign(readStream(host, reader as Iterable<unknown>, options), { schema });
}

function build(taken: TakenArrow, options?: TransferOptions): unknown {
  const library = arrowLibrary();
  const field: ArrowField = readField(library, taken);
  const { kind } = taken;
  if (kind === 'schema')
    return field.type.typeId === TYPE.Struct ? readSchema(library, field) : field;
  const data = readData(library, taken, field.type, forbids(options));
  if (kind === 'vector') {
    const chunks = data.length > 0 ? data : library.vectorFromArray([], field.type).data;
    return new library.Vector(chunks);
  }
  const schema = readSchema(library, field);
  const batches = data.map((columns) => makeBatch(library, schema, columns));
  return kind === 'batch' ? batches[0] : new library.Table(schema, batches);
}

/** See {@link PythonMemory.fromArrow}. */
export function fromArrow(host: ArrowHost, value: unknown, options?: TransferOptions): unknown {
  const id = host.idOf(value);
  if (id === undefined) {
    throw new ConversionError(
      'py.fromArrow(x) takes Arrow data that lives in Python (a proxy); tables of apache-arrow are ' +
        'JavaScript’s already',
    );
  }
  // Before Python gives anything away: without the library nothing could be made of it.
  arrowLibrary();
  const taken = loadBinding().arrowTake(host.own('take'), host.idOf(value) as HandleId);
  if (taken === 'stream') return streamFromPython(host, value, options);
  if (typeof taken !== 'string') return build(taken, options);
  throw new ConversionError(
    `a Python ${taken} has no Arrow data: it has neither __arrow_c_stream__ nor ` +
      '__arrow_c_array__. Tables of pyarrow, polars, duckdb and pandas (2.2 or newer, with pyarrow) do; ' +
      'pyarrow.table(x) or pyarrow.array(x) makes one of most other things',
  );
}
