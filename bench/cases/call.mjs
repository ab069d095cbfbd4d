// Claim: math.sqrt through a proxy costs at most three times the floor, and less than any rival's.
import { CALLBACKS } from '../contestants/contestant.mjs';
import { reasonOf, time } from '../harness/statistics.mjs';
import { aheadOfRivals, ratioToFloor } from '../harness/verdict.mjs';

export const title =
  'call: what one synchronous call costs (await for bridges that only have that)';
export const program = 'trial.mjs';
export const contestants = [
  'floor',
  'snakepit',
  'node-calls-python',
  'pymport',
  'pythonia',
  'python-shell',
];
export const trials = { full: 5, quick: 2 };

const SQRT = 'math.sqrt(float)';

/**
 * Each operation: its row, how to run it at step i, and whether its answer is right.
 * @param {import('../contestants/contestant.mjs').Calls} calls
 */
function operations(calls) {
  return [
    { row: 'no Python', run: calls.native, at: half, right: isRoot, each: 1 },
    { row: SQRT, run: calls.sqrt, at: half, right: isRoot, each: 1 },
    { row: 'math.sqrt(int)', run: calls.sqrtInt, at: whole, right: isRoot, each: 1 },
    { row: 'ndarray.sum()', run: calls.sum, at: whole, right: isSum, each: 1 },
    { row: 'raise + catch', run: calls.raise, at: whole, right: isError, each: 1 },
    { row: 'JS callback', run: calls.callbacks, at: often, right: isTotal, each: CALLBACKS },
  ];
}

// Fractions stay floats everywhere; whole numbers become Python ints where a bridge tells them apart.
const half = (/** @type {number} */ index) => (index % 1000) + 0.5;
const whole = (/** @type {number} */ index) => index % 1000;
const often = () => CALLBACKS;

const SMALL_SUM = 55;
const isRoot = (/** @type {any} */ answer, /** @type {number} */ x) => answer === Math.sqrt(x);
const isSum = (/** @type {any} */ answer) => Number(answer) === SMALL_SUM;
const isError = (/** @type {any} */ answer) => answer instanceof Error;
const isTotal = (/** @type {any} */ answer) => answer === (CALLBACKS * (CALLBACKS - 1)) / 2;

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batchMs: number, batches: number }} settings
 */
export async function measure(contestant, settings) {
  /** @type {Record<string, import('../harness/statistics.mjs').Sample | { error: string }>} */
  const rows = {};
  const wrong = [];
  for (const { row, run, at, right, each } of operations(contestant.calls ?? {})) {
    if (run === undefined) continue;
    try {
      const ways = Array.isArray(run) ? run : [run];
      const samples = [];
      for (const way of ways) {
        const call = right === isError ? caught(way) : way;
        const answer = await call(at(3));
        if (!right(answer, at(3))) wrong.push(`${row} gave ${String(answer)}`);
        samples.push(await time((index) => call(at(index)), settings));
      }
      rows[row] = fastest(samples, each);
    } catch (error) {
      rows[row] = { error: reasonOf(error) };
    }
  }
  return { rows, wrong, facts: {} };
}

/**
 * @param {import('../contestants/contestant.mjs').Call} call
 * @returns {import('../contestants/contestant.mjs').Call}
 */
function caught(call) {
  return (x) => {
    try {
      const answer = call(x);
      return answer instanceof Promise ? answer.catch((error) => error) : answer;
    } catch (error) {
      return error;
    }
  };
}

/**
 * @param {import('../harness/statistics.mjs').Sample[]} samples
 * @param {number} each
 */
function fastest(samples, each) {
  const [best] = samples.toSorted((a, b) => a.median - b.median);
  if (best === undefined) return { error: 'no way to run it' };
  return { ...best, min: best.min / each, median: best.median / each };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return [
    ratioToFloor(summary, SQRT, 3, 'math.sqrt through a proxy against the floor'),
    aheadOfRivals(summary, SQRT, 'math.sqrt ahead of every rival: snakepit / the best of them'),
  ];
}
