import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Dtype, DTYPES } from '../../src/contract/tensor.ts';
import { open } from '../../src/runtime/create-runtime.ts';
import { isolated } from '../../src/runtime/isolated.ts';
import { tensor } from '../../src/tensor/make.ts';
import { type Face, failure } from './support/remote.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];
const here = project === undefined ? {} : { project };
const MB = 2 ** 20;

// Memory that the host and its workers both see. The proof is a write of each that the other reads.
let pool: Face;
let np: Face;
beforeAll(async () => {
  pool = await isolated({ workers: 1, spares: 0, ...here });
  np = pool.import('numpy');
});
afterAll(async () => {
  await pool.close();
});

/** What `body` adds to the figures of the pool. */
async function moved(body: () => Promise<unknown>): Promise<{ shared: number; copied: number }> {
  const before = pool.stats();
  await body();
  const after = pool.stats();
  return {
    shared: after.bytesShared - before.bytesShared,
    copied: after.bytesCopied - before.bytesCopied,
  };
}

test('what alloc gives is one memory on both sides, whatever its size', async () => {
  for (const length of [1, 5, 1000, 100_000, 3_000_000]) {
    const t = pool.alloc('float64', [length]);
    expect(t.data).toHaveLength(length);
    expect(t.data.at(-1)).toBe(0);
    t.data[length - 1] = 7;
    const bytes = length * 8;
    let array: Face;
    const figures = await moved(async () => {
      array = await pool.toNumpy(t, { copy: 'forbid' });
      expect(await array.$at(-1)).toBe(7);
      await array.$put(0, 41);
    });
    expect(figures).toEqual({ shared: bytes, copied: 0 });
    expect(t.data[0]).toBe(41);
    t.data[0] = 42;
    expect(await array!.$at(0)).toBe(42);
  }
});

test('every dtype, and strides, offsets and views of the memory', async () => {
  for (const dtype of Object.keys(DTYPES) as Dtype[]) {
    if (dtype.startsWith('datetime') || dtype.startsWith('timedelta')) continue;
    const t = pool.alloc(dtype, [4, 6]);
    const array = await pool.toNumpy(t, { copy: 'forbid' });
    const name = dtype === 'bfloat16' ? 'uint16' : dtype;
    expect(await pool.builtins.str(array.dtype)).toBe(name);
    expect(await array.shape.$toJS()).toEqual([4, 6]);
    await array.$put(0, 0, 1);
    expect(new Uint8Array(t.data.buffer, t.byteOffset, 16).some((byte) => byte !== 0)).toBe(true);
  }
  const t = pool.alloc('int32', [24]);
  t.data.set(Array.from({ length: 24 }, (_value, i) => i));
  const columns = tensor(t, undefined, { dtype: 'int32' });
  const every = tensor(t.data.buffer, [4, 3], {
    dtype: 'int32',
    strides: [-6, 2],
    byteOffset: Number(t.byteOffset) + 18 * 4,
  });
  expect(columns.shape).toEqual([24]);
  const seen = await pool.toNumpy(every, { copy: 'forbid' });
  expect(await seen.$toJS()).toMatchObject({
    shape: [4, 3],
    data: Int32Array.of(18, 20, 22, 12, 14, 16, 6, 8, 10, 0, 2, 4),
  });
  await seen.$put(0, 1, -20);
  expect(t.data[20]).toBe(-20);
  const wide = pool.alloc('uint8', [MB]);
  const part = wide.data.subarray(100, 100 + 128 * 1024);
  const figures = await moved(async () => {
    const view = await pool.options({ copy: 'forbid' }).builtins.memoryview(part);
    await view.$put(1, 9);
  });
  expect(figures).toEqual({ shared: 128 * 1024, copied: 0 });
  expect(wide.data[101]).toBe(9);
});

test.each([1, 10, 8191, 8192])('a part of it is the same memory: %d elements', async (count) => {
  const t = pool.alloc('float64', [100_000]);
  await pool.exec('x[:] = 7', { in: { x: t.data.subarray(10, 10 + count) } });
  expect([t.data[9], t.data[10], t.data[9 + count], t.data[10 + count]]).toEqual([0, 7, 7, 0]);
});

test('a large result is seen in place, with its strides', async () => {
  const array = await np.arange(MB).reshape([1024, 1024]);
  let t: Face;
  const figures = await moved(async () => {
    t = await pool.fromNumpy(await array.T.$at('1:, ::-2'), { copy: 'forbid' });
  });
  expect(figures.copied).toBe(0);
  expect(figures.shared).toBeGreaterThan(0);
  expect(t!.shape).toEqual([1023, 512]);
  expect(t!.strides).toEqual([1, -2048]);
  const first = (t!.byteOffset - t!.data.byteOffset) / 8;
  expect(t!.data[first]).toBe(1023n * 1024n + 1n);
  await array.$put(1023, 1, -3);
  expect(t!.data[first]).toBe(-3n);
  t!.data[first] = 12n;
  expect(await array.$at(1023, 1)).toBe(12);
  expect(await pool.fromNumpy(array).then((same: Face) => same.address)).toBe(
    t!.address - BigInt((1023 * 1024 + 1) * 8),
  );
  const view = await array.$view({ copy: 'forbid' });
  expect(view).toHaveLength(MB);
  view[5] = 99n;
  expect(await array.$at(0, 5)).toBe(99);
});

test('memory goes round: results to other workers and to this process, and back', async () => {
  const other: Face = await isolated({ workers: 1, spares: 0, ...here });
  const py = open(here) as Face;
  try {
    const t = await pool.fromNumpy(await np.ones([100_000]));
    const before = other.stats();
    const there = await other.toNumpy(t, { copy: 'forbid' });
    await there.$put(3, 33);
    const near = py.toNumpy(t, { copy: 'forbid' });
    expect(near.item(3)).toBe(33);
    py.setattr(near, 'flat', 5);
    expect(t.data[3]).toBe(5);
    expect(BigInt(near.ctypes.data)).toBe(t.address);
    const back = await other.fromNumpy(there, { copy: 'forbid' });
    expect(back.address).toBe(t.address);
    const home = await pool.toNumpy(back, { copy: 'forbid' });
    await home.$put(0, 8);
    expect(t.data[0]).toBe(8);
    expect(other.stats().bytesCopied).toBe(before.bytesCopied);
    // NumPy's results in this process are such memory once there is a pool.
    const mine = py.fromNumpy(py.import('numpy').zeros(200_000));
    const far = await other.toNumpy(mine, { copy: 'forbid' });
    await far.$put(1, 11);
    expect(mine.data[1]).toBe(11);
    const asked = py.alloc('float32', [50_000]);
    await (await other.toNumpy(asked, { copy: 'forbid' })).$put(1, 12);
    expect(asked.data[1]).toBe(12);
  } finally {
    await other.close();
  }
});

test('only a copy crosses where memory cannot, and it is counted or refused', async () => {
  const reasons: readonly (readonly [string, string])[] = [
    ['np.zeros(8)', 'inline'],
    ['np.frombuffer(b"x" * 1000000, "u1").copy()[::-1].copy()', ''],
    ['np.frombuffer(bytearray(1000000), "u1")', 'foreign'],
    ['np.broadcast_to(np.ones(10), (100000, 10))', 'read-only'],
    ['np.zeros(1000001, "u1")[1:].view("f8")', 'strides'],
  ];
  for (const [source, reason] of reasons) {
    const { x } = await pool.exec(`import numpy as np\nx = ${source}`, { out: ['x'] });
    const size = Number(await x.nbytes);
    if (reason === '') {
      await pool.fromNumpy(x, { copy: 'forbid' });
      continue;
    }
    const figures = await moved(async () => {
      const t = await pool.fromNumpy(x);
      expect(t.shape).toEqual(await x.shape.$toJS());
    });
    expect(figures, source).toEqual({ shared: 0, copied: size });
    const error = await failure(() => pool.fromNumpy(x, { copy: 'forbid' }));
    expect(error, source).toMatchObject({ code: 'ERR_COPY_REQUIRED', reason });
  }
  const turned = await np.arange(MB).reshape([1024, 1024]).T;
  expect(await failure(() => turned.$view({ copy: 'forbid' }))).toMatchObject({
    reason: 'strides',
  });
  const view = await turned.$view();
  expect([view[1], view[1024]]).toEqual([1024n, 1n]);
  const mine = new Float64Array(MB);
  expect(await failure(() => pool.toNumpy(mine, { copy: 'forbid' }))).toMatchObject({
    code: 'ERR_COPY_REQUIRED',
    reason: 'inline',
  });
});

/** Kilobytes of the worker's own memory that no file stands behind. */
async function anonymous(): Promise<number> {
  const text = String(await pool`open('/proc/self/status').read()`);
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(text)?.[1]);
}

test('4 GB in, and a number back: the worker grows by nothing', async () => {
  const t = pool.alloc('float32', [1_000_000_000]);
  t.data[0] = 1;
  t.data[999_999_999] = 2;
  const ends = 'float(x[0] + x[-1])';
  const { end } = await pool.exec(`end = lambda x: ${ends}`, { out: ['end'] });
  expect(await end(t)).toBe(3);
  const before = await anonymous();
  for (let i = 0; i < 20; i += 1) expect(await end(t)).toBe(3);
  await pool.exec('x[500_000_000] = 5', { in: { x: t } });
  expect(t.data[500_000_000]).toBe(5);
  expect((await anonymous()) - before).toBeLessThan(1024);
  t.$dispose();
});

test('400 MB out: neither side copies them', async () => {
  const array = await np.full([50_000_000], 2.5);
  const before = await anonymous();
  const mine = (): number =>
    Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const own = mine();
  const t = await pool.fromNumpy(array, { copy: 'forbid' });
  expect([t.data[0], t.data[49_999_999]]).toEqual([2.5, 2.5]);
  expect((await anonymous()) - before).toBeLessThan(1024);
  expect(mine() - own).toBeLessThan(20_000);
  t.$dispose();
});

test('a session has the same memory', async () => {
  const session = pool.session('shared');
  const t = session.alloc('float32', [8]);
  await session.exec('x[:] = 3', { in: { x: t } });
  expect([...t.data]).toEqual(new Array(8).fill(3));
  await session.close();
});
