// Timing of one operation, and the two figures kept of it. All times are nanoseconds.

/** @typedef {{ min: number, median: number, samples: number }} Sample */

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/**
 * @param {number[]} values
 * @returns {Sample}
 */
export function summarise(values) {
  return { min: Math.min(...values), median: median(values), samples: values.length };
}

/**
 * One line of an error; some bridges leave the message empty and put all of it into the stack.
 * @param {unknown} error
 */
export function reasonOf(error) {
  const { message = '', stack = '' } = error instanceof Error ? error : { message: String(error) };
  const lines = (message === '' ? stack : message).split('\n').filter((line) => line.trim() !== '');
  return (lines[0] ?? 'failed without a word').trim().slice(0, 160);
}

/** @param {bigint} since */
export function nanosSince(since) {
  return Number(process.hrtime.bigint() - since);
}

// Long enough for the engine to compile a path on a busy machine: its compiler has a thread of its own.
const WARM_UP_MS = 100;

/**
 * Runs it until it has been compiled, and gives how many steps fill `batchMs`.
 * @param {(index: number) => unknown} operation
 * @param {number} batchMs
 */
export async function warmUp(operation, batchMs) {
  const first = operation(0);
  const batch = first instanceof Promise ? asyncBatch : syncBatch;
  // One call at a time: some bridges mix up calls that overlap.
  await first;
  let count = 1;
  let total = 0;
  for (;;) {
    const spent = ((await batch(operation, count)) * count) / 1e6;
    total += spent;
    if (spent >= batchMs && total >= WARM_UP_MS) return { batch, count };
    if (spent < batchMs) count *= 2;
  }
}

/**
 * Times `operation(i)` in batches that each last about `settings.batchMs`, so that the clock's own
 * cost vanishes; a promise is awaited only where the bridge gives one.
 * @param {(index: number) => unknown} operation
 * @param {{ batchMs: number, batches: number }} settings
 * @returns {Promise<Sample>}
 */
export async function time(operation, settings) {
  const { batch, count } = await warmUp(operation, settings.batchMs);
  const values = [];
  for (let index = 0; index < settings.batches; index += 1) {
    values.push(await batch(operation, count));
  }
  return summarise(values);
}

/**
 * @param {(index: number) => unknown} operation
 * @param {number} count
 */
export function syncBatch(operation, count) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index += 1) operation(index);
  return nanosSince(start) / count;
}

/**
 * @param {(index: number) => unknown} operation
 * @param {number} count
 */
export async function asyncBatch(operation, count) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index += 1) await operation(index);
  return nanosSince(start) / count;
}
