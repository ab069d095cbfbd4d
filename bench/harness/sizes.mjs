// Sizes by name, and how often an operation of unknown cost may be tried.
import { FLOAT } from '../contestants/contestant.mjs';
import { nanosSince, reasonOf } from './statistics.mjs';

/** 4 GB is 10⁹ floats, as the claim says it; the others are powers of two. */
export const SIZES = {
  '4 KB': 2 ** 12,
  '64 KB': 2 ** 16,
  '1 MB': 2 ** 20,
  '4 MB': 2 ** 22,
  '16 MB': 2 ** 24,
  '256 MB': 2 ** 28,
  '4 GB': 4e9,
};

/** @typedef {keyof typeof SIZES} Size */

const TELLING_BYTES = 2 ** 20;
const VISIBLE_NANOS = 1e6;

/** @param {Size} size */
export function elements(size) {
  return SIZES[size] / FLOAT;
}

/**
 * Times one step of a size, smallest size first, and stops before one that would take longer than
 * `limitMs`: a bridge that copies is not asked to copy 4 GB for a minute.
 * @template T
 * @param {readonly T[]} steps ascending
 * @param {(step: T) => number} bytesOf
 * @param {(step: T) => unknown} once may give the nanoseconds that count, if not all do
 * @param {number} limitMs
 * @returns {Promise<{ step: T, nanos: number, reason?: string }[]>}
 */
export async function probe(steps, bytesOf, once, limitMs) {
  const seen = [];
  let last = { bytes: Infinity, nanos: 0 };
  for (const step of steps) {
    const bytes = bytesOf(step);
    const expectedMs = (last.nanos * Math.max(1, bytes / last.bytes)) / 1e6;
    // Only what already costs visible time grows with size; a shared hand-over does not.
    if (last.nanos > VISIBLE_NANOS && expectedMs > limitMs) {
      seen.push({ step, nanos: Infinity, reason: `not run: about ${Math.round(expectedMs)} ms` });
      continue;
    }
    try {
      const start = process.hrtime.bigint();
      const own = await once(step);
      const nanos = typeof own === 'number' ? own : nanosSince(start);
      // The fixed cost of a call, and of a first one, says nothing about larger sizes.
      if (bytes >= TELLING_BYTES) last = { bytes, nanos };
      seen.push({ step, nanos });
    } catch (error) {
      seen.push({ step, nanos: Infinity, reason: reasonOf(error) });
    }
  }
  return seen;
}

/** Lets finalisers run, which wait for the event loop. */
export const breathe = () => new Promise((resolve) => setImmediate(resolve));
