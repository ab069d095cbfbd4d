// Tables of JavaScript's in Python: whose memory it is, what comes along, what is refused.
import {
  Field,
  Int32,
  makeData,
  type RecordBatch,
  RecordBatchReader,
  Schema,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import { beforeEach, expect, test } from 'vitest';

import { ConversionError, CopyRequiredError } from '../../src/errors/errors.ts';
import { copies } from '../../src/tensor/copies.ts';
import { addressIn, addressOf, pa } from './arrow-support.ts';
import { py } from './open.ts';

beforeEach(() => {
  copies.reset();
});

test('a table is a pyarrow.Table over the same memory, written by either side', () => {
  const x = new Float64Array([1, 2, 3]);
  const table = tableFromArrays({ x, n: new Int32Array([4, 5, 6]) });
  const got = py.toArrow(table);
  expect(py.isinstance(got, pa.Table)).toBe(true);
  expect(got.to_pydict().$toJS()).toEqual({ x: [1, 2, 3], n: [4, 5, 6] });
  const column = got.column('x').chunk(0);
  expect(addressIn(column, 1)).toBe(addressOf(x));
  x[0] = 7;
  expect(column.$at(0).as_py()).toBe(7);
  expect(copies().count).toBe(0);
});

test('batches and chunks stay what they are', () => {
  const one = tableFromArrays({ a: new Int32Array([1, 2]) });
  const two = tableFromArrays({ a: new Int32Array([3]) });
  const both = one.concat(two);
  expect(py.toArrow(both).column(0).num_chunks).toBe(2);
  const batch = py.toArrow(one.batches[0]);
  expect(py.isinstance(batch, pa.RecordBatch)).toBe(true);
  expect(batch.num_rows).toBe(2);
  const chunked = py.toArrow(both.getChild('a'));
  expect(py.isinstance(chunked, pa.ChunkedArray)).toBe(true);
  expect(chunked.to_pylist().$toJS()).toEqual([1, 2, 3]);
  expect(py.isinstance(py.toArrow(one.getChild('a')), pa.Array)).toBe(true);
  expect(py.toArrow(new Table(one.schema)).num_rows).toBe(0);
  expect(py.toArrow(one.select([])).num_columns).toBe(0);
});

test('names, nullability, metadata and extension names come along', () => {
  const metadata = new Map([
    ['ARROW:extension:name', 'mine.own'],
    ['unit', 'größe 😀'],
  ]);
  const schema = new Schema(
    [new Field('é', new Int32(), true, metadata), new Field('b', new Int32(), false)],
    new Map([['who', 'me']]),
  );
  const got = py.toArrow(new Table(schema)).schema;
  expect(got.names.$toJS()).toEqual(['é', 'b']);
  expect(got.field(0).nullable).toBe(true);
  expect(got.field(1).nullable).toBe(false);
  const decoded = py`{k.decode(): v.decode() for k, v in ${got.field(0).metadata}.items()}`;
  expect(decoded.$toJS()).toEqual(Object.fromEntries(metadata));
  expect(py`${got.metadata}[b"who"].decode()`).toBe('me');
  expect(py.fromArrow(got).fields[0].metadata).toEqual(metadata);
  const uuid = pa.array([py.bytes(new Uint8Array(16))], pa.uuid());
  const table = pa.table(py`{"u": ${uuid}}`);
  const back = py.toArrow(py.fromArrow(table));
  expect(py.equal(back.schema.field(0).type, pa.uuid())).toBe(true);
  expect(py.equal(back, table)).toBe(true);
});

test('capsules are new at each call, so any number of consumers may take the data', () => {
  const table = tableFromArrays({ a: new Int32Array([1, 2]) });
  const shown = py.exec(
    `
import _snakepit.arrow as arrow
kept = []
def keep(data, name):
    kept.append(data)
    return original(data, name)
original, arrow._made = arrow._made, keep
`,
    { out: ['kept', 'arrow', 'original'] },
  );
  try {
    py.toArrow(table);
  } finally {
    py.setattr(shown.arrow, '_made', shown.original);
  }
  const data = shown.kept.$at(0) as unknown;
  expect(pa.table(data).num_rows).toBe(2);
  expect(pa.table(data).num_rows).toBe(2);
  expect(pa.schema(data).names.$toJS()).toEqual(['a']);
});

test('memory stays while Python has it, also when the table is gone', () => {
  const got = py.toArrow(tableFromArrays({ a: new Int32Array(50_000).fill(7) }));
  for (let i = 0; i < 5; i++) globalThis.gc?.();
  expect(py`sum(${got}.column(0).to_pylist())`).toBe(350_000);
});

test('a column of nulls that begins inside a byte is re-based, or refused', () => {
  const vector = vectorFromArray([1, null, 3, null, 5, 6, 7, 8, 9, null, 11], new Int32());
  const sliced = vector.slice(3, 11);
  expect(py.toArrow(sliced).to_pylist().$toJS()).toEqual([...sliced]);
  expect(copies()).toMatchObject({ count: 1, bytes: 1, reasons: { strides: 1 } });
  expect(() => py.toArrow(sliced, { copy: 'forbid' })).toThrow(CopyRequiredError);
  expect(py.toArrow(vector.slice(8), { copy: 'forbid' }).null_count).toBe(1);
});

test('a dictionary that came in pieces is joined, and counted', () => {
  const first = vectorFromArray(['x', 'y'], new Utf8());
  const second = vectorFromArray(['z'], new Utf8());
  const column = vectorFromArray(['x', 'y', 'x']);
  const data = column.data[0];
  if (data === undefined) throw new Error('it has a chunk');
  const grown = data.clone();
  grown.dictionary = first.concat(second);
  grown.values.set([2, 1, 0]);
  const got = py.toArrow(new Vector([grown]));
  expect(got.to_pylist().$toJS()).toEqual(['z', 'y', 'x']);
  expect(copies().reasons.strides).toBe(1);
});

test('what contradicts itself never reaches Python', () => {
  const text = vectorFromArray(['a', 'bb', 'ccc'], new Utf8()).data[0];
  if (text === undefined) throw new Error('it has a chunk');
  const broken = (valueOffsets: Int32Array, length = 3): Vector =>
    new Vector([makeData({ type: new Utf8(), length, valueOffsets, data: text.values })]);
  const refuse = (vector: Vector, why: RegExp): void => {
    expect(() => py.toArrow(vector)).toThrow(ConversionError);
    expect(() => py.toArrow(vector)).toThrow(why);
  };
  refuse(broken(Int32Array.of(0, 5, 3, 6)), /element size >= 0/);
  refuse(broken(Int32Array.of(-1, 1, 3, 6)), /first offset >= 0/);
  refuse(broken(Int32Array.of(0, 1, 3, 6000)), /size >= 6000 bytes/);
  refuse(broken(Int32Array.of(0, 1, 3)), /size >= 16 bytes/);
  const short = new Vector([makeData({ type: new Int32(), length: 9, data: new Int32Array(3) })]);
  refuse(short, /size >= 36 bytes/);
  const gone = new Int32Array(4);
  const vector = new Vector([makeData({ type: new Int32(), length: 4, data: gone })]);
  structuredClone(gone, { transfer: [gone.buffer] });
  expect(() => py.toArrow(vector)).toThrow(ConversionError);
  const indices = vectorFromArray(['x', 'y']).data[0];
  indices?.values.set([9, 0]);
  refuse(new Vector([indices as never]), /dictionary index/);
});

test('streams are read as Python reads them', () => {
  const pulled: number[] = [];
  function* batches(): Generator<RecordBatch> {
    for (let i = 0; i < 3; i++) {
      pulled.push(i);
      yield tableFromArrays({ a: new Int32Array([i]) }).batches[0] as RecordBatch;
    }
  }
  const reader = py.toArrow(batches());
  expect(py.isinstance(reader, pa.RecordBatchReader)).toBe(true);
  expect(pulled).toEqual([0]);
  expect(reader.read_next_batch().num_rows).toBe(1);
  expect(pulled).toEqual([0]);
  expect(reader.read_all().column(0).to_pylist().$toJS()).toEqual([1, 2]);
  expect(pulled).toEqual([0, 1, 2]);
  const ipc = tableToIPC(tableFromArrays({ b: new Int32Array([1, 2, 3]) }));
  expect(py.toArrow(RecordBatchReader.from(ipc)).read_all().num_rows).toBe(3);
});

test('an error of a stream’s arrives as itself', () => {
  const failure = new RangeError('no more');
  function* batches(): Generator<RecordBatch> {
    yield tableFromArrays({ a: new Int32Array([1]) }).batches[0] as RecordBatch;
    throw failure;
  }
  const reader = py.toArrow(batches());
  let caught: unknown;
  try {
    reader.read_all();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBe(failure);
});

test('other things are refused', () => {
  for (const value of [null, 1, 'x', {}, [], [1], new Int32Array(2), new Map()]) {
    expect(() => py.toArrow(value)).toThrow(ConversionError);
  }
});

test('as an argument it is pyarrow’s, wherever it stands', () => {
  const table = tableFromArrays({ a: new Int32Array([1, 2, 3]) });
  const [vector] = [table.getChild('a')];
  const typeName = (value: unknown): unknown => py`type(${value}).__name__`;
  expect(typeName(table)).toBe('Table');
  expect(typeName(table.batches[0])).toBe('RecordBatch');
  expect(typeName(vector)).toBe('Int32Array');
  expect(py.import('pyarrow.compute').sum(vector).as_py()).toBe(6);
  expect(py`[type(x).__name__ for x in ${[table, { inside: table }]}]`.$toJS()).toEqual([
    'Table',
    'dict',
  ]);
  expect(py`${{ inside: table }}["inside"].num_rows`).toBe(3);
  expect(copies().count).toBe(0);
  expect(typeName(py.proxy(table))).not.toBe('Table');
});

test('columns of different lengths end in nulls', () => {
  const table = tableFromArrays({
    n: new Int32Array([1, 2]),
    x: new Float64Array([1, 2, 3]),
    s: ['a', 'b', 'c', 'd'],
    b: [true],
  });
  expect(py.toArrow(table).to_pydict().$toJS()).toEqual({
    n: [1, 2, null, null],
    x: [1, 2, 3, null],
    s: ['a', 'b', 'c', 'd'],
    b: [true, null, null, null],
  });
});

test('a column that a batch lacks is nulls', () => {
  const table = tableFromArrays({ n: new Int32Array(100).fill(1), x: new Float64Array(1000) });
  const text = new Table({ t: vectorFromArray(['a'], new Utf8()), x: vectorFromArray([1, 2, 3]) });
  expect(py.toArrow(table).column('n').null_count).toBe(900);
  expect(py.toArrow(text).column('t').to_pylist().$toJS()).toEqual(['a', null, null]);
});
