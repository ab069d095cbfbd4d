// What every hostile program starts from: Python, the counters, and how to fail. A program exits 0
// after one line of JSON, or 1 after naming what changed.
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { open } from 'snakepit';

import { loadBinding } from '../../../dist/native/load.js';

/** `full` is what the project promises; `quick` is the same on less data, for every `npm test`. */
export const full = process.env['SNAKEPIT_HOSTILE'] === 'full';
export const size = (quick, whole) => (full ? whole : quick);

export const py = open({
  project:
    process.env['SNAKEPIT_TEST_PROJECT'] ??
    fileURLToPath(new URL('../../fixtures/project', import.meta.url)),
});
export const stats = () => loadBinding().memoryStats();
/** False in the build that hides V8's symbols, and on hosts that have none. */
export const seesCollections = stats().seesCollections;
export const holdsStores = seesCollections;

const { make, weigh } = py.exec(
  `
import numpy as np
def make(count, seed):
    a = np.arange(count, dtype=np.uint32)
    a *= np.uint32(2654435761)
    a += np.uint32(seed)
    return a
def weigh(x):
    return int(np.asarray(x).reshape(-1).view(np.uint8).sum(dtype=np.uint64))
`,
  { out: ['make', 'weigh'] },
);
/** `make(count, seed)`: uint32 whose bytes a hash tells apart. `weigh(x)`: the sum of its bytes. */
export { make, weigh };

export const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
export const hash = (view) => createHash('md5').update(bytesOf(view)).digest('hex');
export const expected = (count, seed) => {
  const data = new Uint32Array(count);
  for (let i = 0; i < count; i++) data[i] = (Math.imul(i, 2654435761) + seed) >>> 0;
  return data;
};

/** What `make` makes, as bytes of JavaScript's own. */
export const pattern = (bytes, seed) => bytesOf(expected(bytes / 4, seed));

/** Collections, and the loop turns in which finalisers run. */
export async function settle(times = 3) {
  for (let i = 0; i < times; i++) {
    globalThis.gc();
    await setImmediate();
    await setImmediate();
    stats();
    py.builtins.len('');
  }
}
export const turn = () => setImmediate();

const sizes = [25_000, 75_000, 1_000_000, 10_000];
/** Results pass by, read and dropped: 100 kB, 300 kB, 4 MB and 40 kB (which NumPy keeps outside). */
export async function pass(bytes, { sync = false } = {}) {
  let passed = 0;
  for (let i = 0; passed < bytes; i++) {
    const count = sizes[i % 12 === 0 ? 2 : i % 4 === 2 ? 1 : i % 4] ?? 25_000;
    const { data } = py.fromNumpy(make(count, i));
    check(data.length === count && data[0] === i, 'a result arrived wrong');
    passed += count * 4;
    if (!sync && i % 64 === 0) await setImmediate();
    if (i % 1000 === 999) globalThis.gc();
  }
}

export const rss = () => process.memoryUsage.rss();
export const MB = (bytes) => Math.round(bytes / 1e6);

export function fail(message) {
  console.error(message);
  process.exit(1);
}
export function check(right, message) {
  if (!right) fail(typeof message === 'function' ? message() : message);
}
export function report(figures) {
  console.log(JSON.stringify(figures));
}
/** What `fn` throws, by its code; a value that comes back instead is a failure. */
export function codeOf(fn) {
  try {
    fn();
  } catch (error) {
    return error.code ?? error.name;
  }
  return 'nothing was thrown';
}
