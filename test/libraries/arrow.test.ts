// Who else speaks Arrow's PyCapsule interface, both ways: polars, pandas, duckdb.
import { type Table, tableFromArrays, Vector } from 'apache-arrow';
import { expect, test } from 'vitest';

import { copies } from '../../src/tensor/copies.ts';
import { py } from '../native/open.ts';

const table = tableFromArrays({ n: new Int32Array([1, 2, 3]), x: new Float64Array([0.5, 1, 2]) });
const rows = (read: Table): unknown[] => read.toArray().map((row) => ({ ...row }) as unknown);

test('polars: a DataFrame and a Series, in and out', () => {
  const pl = py.import('polars');
  const frame = pl.DataFrame(table);
  expect(frame.shape.$toJS()).toEqual([3, 2]);
  expect(frame.select('x').sum().item()).toBe(3.5);
  copies.reset();
  expect(rows(py.fromArrow(frame) as Table)).toEqual(rows(table));
  const named = pl.DataFrame(py`{"s": ["a", None, "c"], "l": [[1], [], None]}`);
  const read = named.$arrow() as Table;
  expect([...(read.getChild('s') ?? [])]).toEqual(['a', null, 'c']);
  expect(String(read.getChild('l')?.type)).toBe('LargeList<Int64>');
  const category = py.fromArrow(py`${pl}.Series(["u", "v", "u"], dtype=${pl}.Categorical)`);
  expect(category).toBeInstanceOf(Vector);
  expect([...(category as Vector)]).toEqual(['u', 'v', 'u']);
  expect(copies().count).toBe(0);
});

test('pandas: a DataFrame and a Series', () => {
  const pd = py.import('pandas');
  const frame = pd.DataFrame(py`{"a": [1, 2, 3], "t": ["x", None, "z"]}`);
  const read = py.fromArrow(frame) as Table;
  expect([...(read.getChild('a') ?? [])]).toEqual([1n, 2n, 3n]);
  expect([...(read.getChild('t') ?? [])]).toEqual(['x', null, 'z']);
  const series = py.fromArrow(pd.Series(py`[1.5, 2.5]`)) as Vector;
  expect([...series]).toEqual([1.5, 2.5]);
  expect(py.toArrow(table).to_pandas().shape.$toJS()).toEqual([3, 2]);
});

test('duckdb: a query over a table of JavaScript’s, and its result', () => {
  const duckdb = py.import('duckdb');
  const connection = duckdb.connect();
  connection.register('t', py.toArrow(table));
  const relation = connection.sql('SELECT n, x * 2 AS y FROM t WHERE n > 1') as unknown;
  const read = py.fromArrow(relation) as Table;
  expect(rows(read)).toEqual([
    { n: 2, y: 2 },
    { n: 3, y: 4 },
  ]);
});

test('without pyarrow: an object that others take', () => {
  const pl = py.import('polars');
  const { arrow, pyarrow } = py.exec(
    'import _snakepit.arrow as arrow\npyarrow = arrow._pyarrow\narrow._pyarrow = lambda: None',
    { out: ['arrow', 'pyarrow'] },
  );
  try {
    const given = py.toArrow(table);
    expect(py`type(${given}).__name__`).toBe('ArrowStream');
    expect(pl.DataFrame(given).shape.$toJS()).toEqual([3, 2]);
    expect(pl.DataFrame(given).shape.$toJS()).toEqual([3, 2]);
    expect(rows(py.fromArrow(given) as Table)).toEqual(rows(table));
    expect(() => py.toArrow([table.batches[0]])).toThrow(
      /a stream of record batches needs pyarrow/,
    );
  } finally {
    py.setattr(arrow, '_pyarrow', pyarrow);
  }
});
