import { readdirSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { isolated } from '../../src/runtime/isolated.ts';
import { tensor } from '../../src/tensor/make.ts';
import { type Face, failure } from './support/remote.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];
const here = project === undefined ? {} : { project };
const MB = 2 ** 20;

// Arrays that no message could take cross beside the messages: memory of V8's own by one counted copy,
// results of Python's in place, as test/contract/shared-memory.test.ts has it.
let pool: Face;
let np: Face;
beforeAll(async () => {
  pool = await isolated({ workers: 2, ...here });
  np = pool.import('numpy');
});
afterAll(async () => {
  await pool.close();
});

function ramp(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => i);
}

test('200 MB in, and 200 MB out', async () => {
  const count = (200 * MB) / 8;
  const before = pool.stats().bytesCopied;
  const data = new Float64Array(count).fill(1);
  data[0] = 5;
  data[count - 1] = 7;
  const array = await pool.toNumpy(data);
  expect(await array.sum()).toBe(count - 2 + 12);
  expect(await array.$at(-1)).toBe(7);
  const back = await pool.fromNumpy(await np.add(array, 1));
  expect(back.dtype).toBe('float64');
  expect(back.shape).toEqual([count]);
  expect([back.data[0], back.data[1], back.data[count - 1]]).toEqual([6, 2, 8]);
  expect(pool.stats().bytesCopied - before).toBe(200 * MB);
});

test('every way in and out', async () => {
  const big = ramp(MB / 8);
  const sum = (big.length * (big.length - 1)) / 2;
  expect(await np.sum(big)).toBe(sum);
  expect(await np.sum([big, big])).toBe(2 * sum);
  expect(await np.sum(tensor(big, [2, big.length / 2]), kw({ axis: 1 })).$toJS()).toHaveLength(2);
  expect(await pool.builtins.len(new Uint8Array(MB))).toBe(MB);
  const { grid, bytes } = await pool.exec(
    'import numpy as np\ngrid = np.arange(2**20, dtype="i4").reshape(1024, 1024)\nbytes = b"x" * 2**20',
    { out: ['grid', 'bytes'] },
  );
  expect(bytes).toHaveLength(MB);
  expect(bytes[MB - 1]).toBe(120);
  const data = await grid.$toJS();
  expect(data).toMatchObject({ shape: [1024, 1024], dtype: 'int32' });
  expect(data.data[MB - 1]).toBe(MB - 1);
  const turned = await grid.T.$view();
  expect([turned[1], turned[1024]]).toEqual([1024, 1]);
  const parts = await pool.builtins.dict({ a: big, b: [big] }).$toJS();
  expect(parts.a[7]).toBe(7);
  expect(parts.b[0][big.length - 1]).toBe(big.length - 1);
});

test('what is passed is taken when the turn ends, and is Python’s own afterwards', async () => {
  const data = ramp(MB / 8);
  const pending = pool.toNumpy(data);
  await new Promise((resolve) => setImmediate(resolve));
  data[3] = -1;
  const array = await pending;
  expect(await array.$at(3)).toBe(3);
  await array.$put(4, 44);
  expect(data[4]).toBe(4);
  // Its place in the file is used again meanwhile.
  await np.sum(new Float64Array(MB / 8).fill(9));
  expect(await array.$at(5)).toBe(5);
});

test('many at once do not mix', async () => {
  const sums = Array.from({ length: 24 }, (_, i) => np.sum(new Float64Array(100_000).fill(i)));
  expect(await Promise.all(sums)).toEqual(Array.from({ length: 24 }, (_, i) => i * 100_000));
  const fulls = Array.from({ length: 12 }, (_, i) => np.full([100_000], i).$view());
  for (const [i, view] of (await Promise.all(fulls)).entries()) {
    expect([view.length, view[0], view[99_999]].map(Number)).toEqual([100_000, i, i]);
  }
});

test('a call that moves, or runs again, brings its arrays along', async () => {
  const twice = pool.options({ idempotent: true });
  const data = ramp(MB / 8);
  const sum = (data.length * (data.length - 1)) / 2;
  const source = `
import os, signal, builtins
from _snakepit.call import current
if current().attempt == 0:
    os.kill(os.getpid(), signal.SIGKILL)
total = float(x.sum())
`;
  expect(await twice.exec(source, { in: { x: data }, out: ['total'] })).toEqual({ total: sum });
});

test('copy: forbid refuses both ways', async () => {
  const strict = pool.options({ copy: 'forbid' });
  const refused = { code: 'ERR_COPY_REQUIRED', reason: 'inline' };
  expect(await failure(() => strict.import('numpy').sum(ramp(8)))).toMatchObject(refused);
  const array = await strict.import('numpy').arange(8);
  expect(await failure(() => strict.fromNumpy(array))).toMatchObject(refused);
  expect(await failure(() => array.$view())).toMatchObject(refused);
  expect(await array.sum()).toBe(28);
});

test('what is wrong in the arguments takes back what was laid down', async () => {
  for (let i = 0; i < 50; i += 1) {
    const error = await failure(() => np.sum(ramp(MB / 8), Symbol('s')));
    expect(error.code).toBe('ERR_CONVERSION');
  }
  const cyclic: unknown[] = [ramp(MB / 8)];
  cyclic.push(cyclic);
  expect(await pool.builtins.len(cyclic)).toBe(2);
});

test('large memory goes back when nothing needs it any more', async () => {
  const one: Face = await isolated({ workers: 1, spares: 0, ...here });
  try {
    const size = (): Promise<number> => one`__import__('os').fstat(8).st_size` as Promise<number>;
    const large = `b'x' * ${100 * MB}`;
    expect(await one.builtins.eval(large)).toHaveLength(100 * MB);
    expect(await size()).toBe(100 * MB);
    for (let i = 0; i < 130; i += 1) await one.import('math').sqrt(i);
    expect(await size()).toBe(64 * MB);
    expect((await one.builtins.eval(large)).at(-1)).toBe(120);
  } finally {
    await one.close();
  }
});

test('descriptors are closed with their pool', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  const other: Face = await isolated({ workers: 2, ...here });
  await other.import('numpy').sum(ramp(MB / 8));
  expect(open()).toBeGreaterThan(before);
  await other.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(open()).toBeLessThanOrEqual(before);
});
