// What every use of a library starts from: Python, the comparisons, and the proof of an address.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { open, tensor } from 'snakepit';

export const py = open({
  project:
    process.env['SNAKEPIT_TEST_PROJECT'] ??
    fileURLToPath(new URL('../../fixtures/libraries', import.meta.url)),
});
export const np = py.import('numpy');

export const addressOf = (array) => BigInt(array.ctypes.data);

/** An ndarray's memory is JavaScript's: same address, and a write is seen over there. */
export function crossesOut(array) {
  const t = py.fromNumpy(array, { copy: 'forbid' });
  assert.equal(t.address, addressOf(array), 'the array came out at another address');
  const { data } = t;
  const before = data[0];
  data[0] = typeof before === 'bigint' ? before + 1n : before + 1;
  assert.equal(Number(array.ravel()[0]), Number(data[0]), 'a write of JavaScript is not seen');
  data[0] = before;
  return t;
}

/** Memory of JavaScript as an ndarray: same address, and a write of Python is seen here. */
export function crossesIn(data, shape = [data.length]) {
  const t = tensor(data, shape);
  const array = py.toNumpy(t, { copy: 'forbid' });
  assert.equal(addressOf(array), t.address, 'the array arrived at another address');
  const before = data[0];
  array.ravel().$put(0, 77);
  assert.equal(Number(data[0]), 77, 'a write of Python is not seen');
  data[0] = before;
  return array;
}

/** What an exception knows of its operands, and that it was read from them. */
export function contextOf(run) {
  try {
    run();
  } catch ({ context }) {
    assert.equal(context?.source, 'objects');
    return context;
  }
  return assert.fail('nothing was raised');
}

/** Numbers that went through somebody's arithmetic. */
export function near(actual, expected, tolerance = 1e-9) {
  const flat = (x) => (typeof x === 'number' ? [x] : Array.from(x, Number));
  const [a, b] = [flat(actual), flat(expected)];
  assert.equal(a.length, b.length, 'another number of elements');
  a.forEach((value, i) => {
    const off = Math.abs(value - b[i]);
    assert.ok(off <= tolerance * Math.max(1, Math.abs(b[i])), `[${i}]: ${value}, not ${b[i]}`);
  });
}

/** The elements of an ndarray in order. */
export const elements = (array) => Array.from(py.fromNumpy(np.ascontiguousarray(array)).data);
