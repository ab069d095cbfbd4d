// Arrow data both ways: whose memory it is, what of a table comes along, what refuses.
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchReader,
  Schema,
  Struct,
  Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import { beforeEach, describe, expect, test } from 'vitest';

import { ConversionError, CopyRequiredError } from '../../src/errors/errors.ts';
import { PythonError } from '../../src/errors/python-errors.ts';
import { loadBinding } from '../../src/native/load.ts';
import { copies } from '../../src/tensor/copies.ts';
import { py } from './open.ts';

const pa = py.import('pyarrow');

const addressOf = (view: ArrayBufferView): bigint => BigInt(loadBinding().addressOf(view));
const addressIn = (array: any, buffer: number): bigint =>
  BigInt(array.buffers().$at(buffer).address as number | bigint);

beforeEach(() => {
  copies.reset();
});

describe('JavaScript to Python', () => {
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
});

describe('Python to JavaScript', () => {
  test('a table is over the same memory, written by either side', () => {
    const array = pa.array(py`list(range(1000))`, pa.int64());
    const table = py.fromArrow(pa.table(py`{"a": ${array}}`)) as Table;
    expect(table).toBeInstanceOf(Table);
    const values = table.getChild('a')?.data[0]?.values as BigInt64Array;
    expect(addressOf(values)).toBe(addressIn(array, 1));
    values[5] = 55n;
    expect(array.$at(5).as_py()).toBe(55);
    expect(copies().count).toBe(0);
    expect(table.getChild('a')?.get(999)).toBe(999n);
  });

  test('buffers are shown when they are looked at, and once', () => {
    const made = py`{f"c{i}": ${pa}.array([i, None, i + 2], ${pa}.int32()) for i in range(200)}`;
    const wide = pa.table(made);
    const before = loadBinding().memoryStats().windows;
    const table = py.fromArrow(wide) as Table;
    expect(loadBinding().memoryStats().windows).toBe(before + 1);
    expect(table.numCols).toBe(200);
    expect(table.getChild('c7')?.toJSON()).toEqual([7, null, 9]);
    expect(loadBinding().memoryStats().windows).toBe(before + 3);
    expect(table.getChild('c7')?.data[0]?.values).toBe(table.getChild('c7')?.data[0]?.values);
  });

  test('memory stays while JavaScript has any of it', () => {
    let table: Table | null = py.fromArrow(
      pa.table(
        py`{"a": ${pa}.array(range(100_000)), "s": ${pa}.array(["word"] * 1000 + [""] * 99_000)}`,
      ),
    ) as Table;
    const column = table.getChild('a');
    const text = table.getChild('s');
    table = null;
    py`__import__("gc").collect()`;
    for (let i = 0; i < 5; i++) globalThis.gc?.();
    expect(column?.get(99_999)).toBe(99_999n);
    expect(text?.get(999)).toBe('word');
  });

  test('batch, array, chunked array and schema are their counterparts', () => {
    const batch = pa.RecordBatch.from_pydict(py`{"a": [1, 2]}`);
    expect(py.fromArrow(batch)).toBeInstanceOf(RecordBatch);
    expect((py.fromArrow(batch) as RecordBatch).numRows).toBe(2);
    const struct = pa.array(py`[{"a": 1}, None]`);
    const vector = py.fromArrow(struct) as Vector;
    expect(vector).toBeInstanceOf(Vector);
    expect(vector.get(1)).toBeNull();
    const chunked = py.fromArrow(pa.chunked_array(py`[[1], [2, 3]]`)) as Vector;
    expect([chunked.data.length, ...chunked]).toEqual([2, 1n, 2n, 3n]);
    const none = py.fromArrow(pa.chunked_array(py`[]`, pa.string())) as Vector;
    expect([none.length, String(none.type)]).toEqual([0, 'Utf8']);
    expect(py.fromArrow(batch.schema)).toBeInstanceOf(Schema);
    const empty = py.fromArrow(pa.schema(py`[("a", ${pa.int8()})]`).empty_table()) as Table;
    expect([empty.numRows, empty.numCols]).toEqual([0, 1]);
    expect(batch.$arrow().numRows).toBe(2);
  });

  test('columns of the same name stay apart', () => {
    const twice = pa.Table.from_arrays(py`[[1], [2]]`, py`["a", "a"]`);
    const table = py.fromArrow(twice) as Table;
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['a', 'a']);
    expect([table.getChildAt(0)?.get(0), table.getChildAt(1)?.get(0)]).toEqual([1n, 2n]);
  });

  test('what is made of it behaves: slices, concat, IPC, iteration', () => {
    const table = py.fromArrow(
      pa.table(py`{"a": [1, None, 3, 4], "s": ["x", "yy", None, ""]}`),
    ) as Table;
    const sliced = table.slice(1, 3);
    expect(sliced.toArray().map((row) => ({ ...row }))).toEqual([
      { a: null, s: 'yy' },
      { a: 3n, s: null },
    ]);
    expect(py.toArrow(sliced).to_pydict().$toJS()).toEqual({ a: [null, 3], s: ['yy', null] });
    expect(table.concat(sliced).numRows).toBe(6);
    expect(tableFromIPC(tableToIPC(table)).toString()).toBe(table.toString());
    expect(table.batches[0]?.data.type).toBeInstanceOf(Struct);
  });

  test('a reader is read batch by batch', () => {
    const source = py.exec(
      `
import pyarrow as pa
asked = []
def batches():
    for i in range(3):
        asked.append(i)
        yield pa.RecordBatch.from_pydict({"a": [i]})
reader = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())
`,
      { out: ['reader', 'asked'] },
    );
    const stream = py.fromArrow(source.reader) as IterableIterator<RecordBatch> & {
      schema: Schema;
    };
    expect(stream.schema.fields[0]?.name).toBe('a');
    expect(py.len(source.asked)).toBe(0);
    expect(stream.next().value.get(0)?.['a']).toBe(0n);
    expect(py.len(source.asked)).toBe(1);
    for (const batch of stream) {
      expect(batch.numRows).toBe(1);
      break;
    }
    expect(stream.next().done).toBe(true);
    expect(py.len(source.asked)).toBe(2);
  });

  test('an exception of a stream’s is Python’s', () => {
    const { source } = py.exec(
      `
import pyarrow as pa
def batches():
    yield pa.RecordBatch.from_pydict({"a": [1]})
    raise KeyError("gone")
reader = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())
class Table:
    columns = ()
    def __arrow_c_stream__(self, requested_schema=None):
        return reader.__arrow_c_stream__()
source = Table()
`,
      { out: ['source'] },
    );
    let caught: unknown;
    try {
      py.fromArrow(source);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(PythonError);
    expect(String(caught)).toMatch(/gone/);
  });

  test('misaligned values are copied and counted', () => {
    const { array } = py.exec(
      `
import pyarrow as pa
raw = pa.py_buffer(bytes(8 * 4 + 1)).slice(1)
array = pa.Array.from_buffers(pa.int64(), 4, [None, raw])
`,
      { out: ['array'] },
    );
    expect([...(py.fromArrow(array) as Vector)]).toEqual([0n, 0n, 0n, 0n]);
    expect(copies()).toMatchObject({ count: 1, bytes: 32, reasons: { strides: 1 } });
    const refused = py.fromArrow(array, { copy: 'forbid' }) as Vector;
    expect(() => refused.get(0)).toThrow(CopyRequiredError);
  });

  test('what is no Arrow data is refused by its type', () => {
    expect(() => py.fromArrow(py.builtins.object())).toThrow(/a Python object has no Arrow data/);
    expect(() => py.fromArrow(py.import('numpy').zeros(3))).toThrow(
      /ndarray.*pyarrow\.array\(x\)/s,
    );
    expect(() => py.fromArrow(tableFromArrays({ a: [1] }))).toThrow(ConversionError);
    expect(() => py.fromArrow(3)).toThrow(ConversionError);
  });
});
