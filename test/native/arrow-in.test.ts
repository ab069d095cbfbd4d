// Python's tables in JavaScript: whose memory it is, what is looked at when, what is refused.
import {
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Vector,
} from 'apache-arrow';
import { beforeEach, expect, test } from 'vitest';

import { ConversionError, CopyRequiredError } from '../../src/errors/errors.ts';
import { PythonError } from '../../src/errors/python-errors.ts';
import { loadBinding } from '../../src/native/load.ts';
import { copies } from '../../src/tensor/copies.ts';
import { addressIn, addressOf, pa } from './arrow-support.ts';
import { py } from './open.ts';

beforeEach(() => {
  copies.reset();
});

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
  expect(() => py.fromArrow(py.import('numpy').zeros(3))).toThrow(/ndarray.*pyarrow\.array\(x\)/s);
  expect(() => py.fromArrow(tableFromArrays({ a: [1] }))).toThrow(ConversionError);
  expect(() => py.fromArrow(3)).toThrow(ConversionError);
});
