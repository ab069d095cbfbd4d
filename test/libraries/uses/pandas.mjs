import assert from 'node:assert/strict';

import { kw } from 'snakepit';

import {
  addressOf,
  contextOf,
  crossesIn,
  crossesOut,
  elements,
  near,
  np,
  py,
} from '../support/host.mjs';

/** By column, by row, by element, by group. */
function callbacks(pd, frame, n) {
  const table = pd.DataFrame({ a: [1, 2], b: [10, 20] });
  assert.deepEqual(
    table
      .apply((column) => column.max())
      .to_dict()
      .$toJS(),
    { a: 2, b: 20 },
  );
  const rows = table.apply((row) => row.$at('a') + row.$at('b'), kw({ axis: 1 }));
  assert.deepEqual(rows.tolist().$toJS(), [11, 22]);
  assert.deepEqual(
    table.a
      .map((x) => `#${x}`)
      .tolist()
      .$toJS(),
    ['#1', '#2'],
  );
  const spread = (group) => group.max() - group.min();
  const spreads = frame.groupby('key').value.agg(spread).tolist().$toJS();
  assert.deepEqual(spreads, [n - 3, n - 3, n - 3]);
  const refused = new RangeError('not this one');
  const refuse = () => {
    throw refused;
  };
  assert.throws(() => table.apply(refuse), refused);
}

/** A column that is not there, sizes that do not fit. */
function contexts(pd) {
  const frame = pd.DataFrame({ a: [1, 2, 3], b: [4, 5, 6] });
  const shape = { shape_a: [3, 2], dtype_a: 'int64' };
  const series = pd.Series([1.5, 2.5]);
  const product = contextOf(() => frame.dot(series));
  assert.deepEqual({ ...product, ...shape, shape_b: [2], dtype_b: 'float64' }, product);
  for (const run of [
    () => frame.$at('nope'),
    () => py`${frame}["nope"]`,
    () => py`${frame}.loc[9]`,
    () => frame.$put('c', [1, 2]),
  ]) {
    const context = contextOf(run);
    assert.deepEqual({ ...context, ...shape }, context);
    assert.ok(!JSON.stringify(context).includes('nope'), 'a key is a value');
  }
  const columns = contextOf(() => frame.$put('c', [1, 2]));
  assert.deepEqual([columns.length_a, columns.length_b], [2, 3]);
}

export function use() {
  const pd = py.import('pandas');
  const n = 90_000;
  const values = Float64Array.from({ length: n }, (_, i) => i);
  const column = crossesIn(values);
  const series = pd.Series(column, kw({ copy: false }));
  // pandas shows its columns read-only; their memory is JavaScript's all the same.
  assert.equal(addressOf(series.to_numpy()), addressOf(column));

  const keys = crossesIn(Int32Array.from({ length: n }, (_, i) => i % 3));
  const frame = pd.DataFrame({ key: keys, value: column });
  const sums = frame.groupby('key').value.sum();
  const expected = [0, 0, 0];
  values.forEach((x, i) => (expected[i % 3] += x));
  near(elements(sums.to_numpy()), expected);
  crossesOut(sums.to_numpy(kw({ copy: true })));

  const names = pd.DataFrame({ key: [0, 1, 2], name: ['zero', 'eins', 'zwei'] });
  const joined = frame.merge(names, kw({ on: 'key' }));
  assert.equal(py.len(joined), n);
  assert.deepEqual(joined.groupby('name').value.count().to_dict().$toJS(), {
    eins: n / 3,
    zero: n / 3,
    zwei: n / 3,
  });

  const text = frame.head(3).to_csv(kw({ index: false }));
  assert.equal(text, 'key,value\n0,0.0\n1,1.0\n2,2.0\n');
  const days = pd.date_range('2024-02-28', kw({ periods: 3 })).strftime('%d.%m.');
  assert.deepEqual(days.tolist().$toJS(), ['28.02.', '29.02.', '01.03.']);
  near(elements(np.sort(frame.value.rolling(2).mean().dropna().head(2).to_numpy())), [0.5, 1.5]);
  callbacks(pd, frame, n);
  contexts(pd);
}
