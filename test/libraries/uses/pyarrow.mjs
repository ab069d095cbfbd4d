import assert from 'node:assert/strict';

import { kw, tensor } from 'snakepit';

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

const CODECS = ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'];

function sharing(pa) {
  const data = Float64Array.from({ length: 1000 }, (_, i) => i / 2);
  const buffer = pa.py_buffer(new Uint8Array(data.buffer));
  assert.equal(BigInt(buffer.address), tensor(data).address, 'an Arrow buffer copied');
  const array = pa.Array.from_buffers(pa.float64(), data.length, [null, buffer]);
  near(py.import('pyarrow.compute').sum(array).as_py(), (999 * 1000) / 4);
  const there = array.to_numpy();
  assert.equal(addressOf(there), tensor(data).address);
  near(elements(there), data);
  crossesOut(array.to_numpy(kw({ zero_copy_only: false, writable: true })));
}

function parquet(pa) {
  const pq = py.import('pyarrow.parquet');
  const n = 50_000;
  const table = pa.table({
    count: crossesIn(BigInt64Array.from({ length: n }, (_, i) => BigInt(i * 3))),
    word: pa.array(Array.from({ length: n }, (_, i) => (i % 7 === 0 ? null : `wört ${i % 10}`))),
  });
  for (const codec of CODECS) {
    const out = pa.BufferOutputStream();
    pq.write_table(table, out, kw({ compression: codec, row_group_size: 20_000 }));
    const file = out.getvalue();
    const bytes = file.to_pybytes();
    assert.equal(Buffer.from(bytes.subarray(0, 4)).toString(), 'PAR1');
    const back = pq.read_table(pa.BufferReader(file));
    assert.ok(py.equal(back, table), `${codec}: another table came back`);
    // Also from memory of JavaScript's own.
    const again = pq.read_table(pa.BufferReader(pa.py_buffer(bytes)), kw({ columns: ['count'] }));
    const counts = again.column('count').to_numpy();
    near(np.sum(counts), (3 * (n - 1) * n) / 2);
  }
  for (const codec of CODECS.slice(1)) {
    const packer = pa.Codec(codec);
    const packed = packer.compress(py.bytes(Buffer.alloc(9000, 'abc')));
    assert.equal(
      Buffer.from(packer.decompress(packed, 9000).to_pybytes()).toString(),
      'abc'.repeat(3000),
      codec,
    );
  }
}

function stream(pa) {
  const out = pa.BufferOutputStream();
  const batch = pa.record_batch({ x: np.arange(10), y: np.linspace(0, 1, 10) });
  const writer = pa.ipc.new_stream(out, batch.schema);
  writer.write_batch(batch);
  writer.close();
  const table = pa.ipc.open_stream(out.getvalue()).read_all();
  assert.equal(table.num_rows, 10);
  near(py.import('pyarrow.compute').sum(table.column('y')).as_py(), 5);
}

function contexts(pa) {
  const numbers = pa.array([1, 2, 3]);
  const words = pa.array(['a', 'b']);
  const kernel = contextOf(() => py.import('pyarrow.compute').add(numbers, words));
  assert.deepEqual([kernel.shape_a, kernel.dtype_a], [[3], 'int64']);
  assert.deepEqual([kernel.shape_b, kernel.dtype_b], [[2], 'string']);
  const table = contextOf(() => pa.table([numbers, words], kw({ names: ['a', 'b'] })));
  assert.deepEqual([table.length_a, table.length_b, table.shape_b], [3, 2, [2]]);
}

export function use() {
  const pa = py.import('pyarrow');
  sharing(pa);
  parquet(pa);
  stream(pa);
  contexts(pa);
}
