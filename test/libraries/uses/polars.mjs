import assert from 'node:assert/strict';

import { kw } from 'snakepit';

import { crossesIn, crossesOut, near, py } from '../support/host.mjs';

export function use() {
  const pl = py.import('polars');
  const n = 60_000;
  const values = Float64Array.from({ length: n }, (_, i) => i % 100);
  const frame = pl.DataFrame({
    group: crossesIn(Int32Array.from({ length: n }, (_, i) => i % 4)),
    value: crossesIn(values),
  });
  const totals = frame
    .lazy()
    .filter(pl.col('value').lt(50))
    .group_by('group')
    .agg(pl.col('value').sum().alias('total'), pl.len().alias('rows'))
    .sort('group')
    .collect();
  const expected = [0, 0, 0, 0];
  values.forEach((x, i) => (expected[i % 4] += x < 50 ? x : 0));
  near(totals.get_column('total').to_list().$toJS(), expected);
  assert.deepEqual(totals.columns.$toJS(), ['group', 'total', 'rows']);

  const sorted = frame.sort('value', kw({ descending: true })).get_column('value');
  assert.equal(crossesOut(sorted.to_numpy(kw({ writable: true }))).data[0], 99);

  const words = pl.DataFrame({ word: ['Straße', 'naïve', '雪', null] });
  const lengths = words.select(pl.col('word').str.len_chars()).to_series();
  assert.deepEqual(lengths.to_list().$toJS(), [6, 5, 1, null]);

  const query = pl
    .SQLContext(kw({ t: frame }))
    .execute(
      'SELECT "group", COUNT(*) AS n FROM t WHERE value = 1 GROUP BY "group"',
      kw({ eager: true }),
    );
  assert.deepEqual(query.row(0).$toJS(), [1, 600]);

  // Parquet and its codecs, by Rust's implementation.
  const file = py.import('io').BytesIO();
  frame.write_parquet(file, kw({ compression: 'zstd' }));
  file.seek(0);
  assert.ok(pl.read_parquet(file).equals(frame));
}
