// A loop is run in parts. Between them everything is collected and counted. The first part fills
// caches and free lists; a table may double in one of the others; a leak grows in all of them.
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { open } from 'snakepit';

import { loadBinding } from '../../../dist/native/load.js';

export const py = open({
  project:
    process.env['SNAKEPIT_TEST_PROJECT'] ??
    fileURLToPath(new URL('../../fixtures/project', import.meta.url)),
});
export const binding = loadBinding();
export const { builtins } = py;

const PARTS = 3;

/**
 * RSS moves by megabytes for reasons of its own, which hides a leak of a few bytes a round. So the
 * allocators are asked as well: CPython's counts its blocks, glibc's the bytes that are in use.
 */
const { blocks, in_use: inUse } = py.exec(
  `
import ctypes, gc, sys

class Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
                 "fordblks", "keepcost")]

try:
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = Mallinfo2
except (AttributeError, OSError):  # another libc
    mallinfo2 = None

def blocks():
    gc.collect()
    return sys.getallocatedblocks()

def in_use():
    if mallinfo2 is None:
        return None
    info = mallinfo2()
    return info.uordblks + info.hblkhd
`,
  { out: ['blocks', 'in_use'] },
);

async function settle() {
  for (let i = 0; i < 6; i++) {
    globalThis.gc();
    await setImmediate();
    await setImmediate();
    // An entry, so that what was collected is swept.
    builtins.len('');
  }
}

const growth = (from, to) =>
  Object.fromEntries(
    Object.keys(to).map((key) => [key, to[key] === null ? null : to[key] - from[key]]),
  );

async function sample() {
  await settle();
  const { heapUsed, rss } = process.memoryUsage();
  const { windows, blocks: arena } = binding.memoryStats();
  return {
    handles: binding.liveHandles(),
    blocks: blocks(),
    malloc: inUse(),
    heap: heapUsed,
    rss,
    windows,
    arena,
  };
}

/** @param {(i: number) => unknown} round */
async function rounds(from, to, round) {
  // One synchronous loop, the harder case: no finaliser runs in it.
  for (let i = from; i < to; i++) round(i);
  await setImmediate();
}

const AT_ONCE = 50;

/** @param {(i: number) => Promise<unknown>} round */
async function waves(from, to, round) {
  for (let i = from; i < to; i += AT_ONCE) {
    const wave = Array.from({ length: Math.min(AT_ONCE, to - i) }, (_none, n) => round(i + n));
    await Promise.all(wave);
  }
}

/** As `measure`, for rounds that are promises: many at a time. */
export const measureAsync = (name, count, round) => measure(name, count, round, waves);

/** Runs one loop and prints what it left behind: what every part but the first one added. */
export async function measure(name, count, round, run = rounds) {
  const part = Math.ceil(count / PARTS);
  const warm = Math.ceil(part / 2);
  await run(0, warm, round);
  const samples = [];
  const began = performance.now();
  for (let i = 0; i < PARTS; i++) {
    await run(warm + i * part, warm + (i + 1) * part, round);
    samples.push(await sample());
  }
  const microseconds = ((performance.now() - began) * 1000) / (PARTS * part);
  const growths = samples.slice(1).map((one, i) => growth(samples[i], one));
  const least = Object.keys(growths[0]).map((key) => [
    key,
    growths[0][key] === null ? null : Math.min(...growths.map((one) => one[key])),
  ]);
  console.log(
    JSON.stringify({ name, part, microseconds, samples, growth: Object.fromEntries(least) }),
  );
}
