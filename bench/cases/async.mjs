// Claims: an asynchronous call of a small function costs at most 1.3 times a bare hop to a thread and
// back, alone and with 100 in flight; a coroutine that does nothing at most 1.5 times asyncio's own
// call_soon_threadsafe; a chain of five steps at most half of five awaited ones; and while Python
// computes, the event loop's p99 is at most twice that of an idle one.
import { timeCalls } from '../harness/calls.mjs';
import { LoopDelay } from '../harness/loop-delay.mjs';
import { atMost, fact, ratioToFloor } from '../harness/verdict.mjs';

export const title = 'async: calls that leave the event loop free';
export const program = 'trial.mjs';
export const contestants = ['floor', 'snakepit'];
export const trials = { full: 5, quick: 2 };

const ONE = 'math.sqrt, awaited';
const MANY = 'math.sqrt, 100 in flight: one of them';
const NOOP = 'a coroutine that does nothing';
const CHAIN = 'five steps, one chain';
const AWAITED = 'five steps, each awaited';
const IN_FLIGHT = 100;
const COMPUTE_SECONDS = 1;

const half = (/** @type {number} */ index) => (index % 1000) + 0.5;
const isRoot = (/** @type {any} */ answer, /** @type {number} */ x) => answer === Math.sqrt(x);
const anything = () => true;

/** @param {() => Promise<unknown>} during */
async function p99(during) {
  const delay = new LoopDelay();
  delay.start();
  await during();
  delay.stop();
  return delay.quantile(0.99);
}

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batchMs: number, batches: number }} settings
 */
export async function measure(contestant, settings) {
  const calls = contestant.async;
  if (calls === undefined) return { rows: {}, wrong: [], facts: {} };
  const { sqrt, noop, chain, awaited, compute } = calls;
  const many = (/** @type {number} */ x) =>
    Promise.all(Array.from({ length: IN_FLIGHT }, () => sqrt(x))).then(([first]) => first);
  const rows = [
    { row: ONE, run: sqrt, at: half, right: isRoot },
    { row: MANY, run: many, at: half, right: isRoot, each: IN_FLIGHT },
    { row: NOOP, run: noop, at: half, right: anything },
    { row: CHAIN, run: chain, at: half, right: Number.isInteger },
    { row: AWAITED, run: awaited, at: half, right: Number.isInteger },
  ];
  const timed = await timeCalls(rows, settings);
  if (compute === undefined) return timed;
  const wait = COMPUTE_SECONDS * 1000;
  const idle = await p99(() => new Promise((resolve) => setTimeout(resolve, wait)));
  const computing = await p99(() => compute(COMPUTE_SECONDS));
  return { ...timed, facts: { 'p99 idle, ms': idle, 'p99 while Python computes, ms': computing } };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return [
    ratioToFloor(summary, ONE, 1.3, 'a call against the floor'),
    ratioToFloor(summary, MANY, 1.3, 'the same with 100 in flight'),
    ratioToFloor(summary, NOOP, 1.5, 'a coroutine against call_soon_threadsafe'),
    atMost(summary, 'a chain of five / five awaits', 0.5, (read) => {
      return read(CHAIN, 'snakepit') / read(AWAITED, 'snakepit');
    }),
    atMost(summary, 'p99 of the event loop: Python computes / idle', 2, () => {
      const idle = fact(summary, 'snakepit', 'p99 idle, ms');
      return fact(summary, 'snakepit', 'p99 while Python computes, ms') / Math.max(idle, 0.1);
    }),
  ];
}
