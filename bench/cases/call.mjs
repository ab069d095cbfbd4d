// Claims: math.sqrt through a proxy costs at most three times the floor, a method of an array at most
// eight times, and both less than any rival's.
import { EVERYONE } from '../contestants/contestant.mjs';
import { timeCalls } from '../harness/calls.mjs';
import { aheadOfRivals, ratioToFloor } from '../harness/verdict.mjs';

export const title =
  'call: what one synchronous call costs (await for bridges that only have that)';
export const program = 'trial.mjs';
export const contestants = EVERYONE;
export const trials = { full: 5, quick: 2 };

const SQRT = 'math.sqrt(float)';
const SUM = 'ndarray.sum()';

/**
 * @param {import('../contestants/contestant.mjs').Calls} calls
 * @returns {import('../harness/calls.mjs').Operation[]}
 */
function operations(calls) {
  return [
    { row: 'no Python', run: calls.native, at: half, right: isRoot },
    { row: SQRT, run: calls.sqrt, at: half, right: isRoot },
    { row: 'math.sqrt(int)', run: calls.sqrtInt, at: whole, right: isRoot },
    { row: SUM, run: calls.sum, at: whole, right: isSum },
  ];
}

// Fractions stay floats everywhere; whole numbers become Python ints where a bridge tells them apart.
const half = (/** @type {number} */ index) => (index % 1000) + 0.5;
const whole = (/** @type {number} */ index) => index % 1000;

const SMALL_SUM = 55;
const isRoot = (/** @type {any} */ answer, /** @type {number} */ x) => answer === Math.sqrt(x);
const isSum = (/** @type {any} */ answer) => Number(answer) === SMALL_SUM;

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batchMs: number, batches: number }} settings
 */
export function measure(contestant, settings) {
  return timeCalls(operations(contestant.calls ?? {}), settings);
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return [
    ratioToFloor(summary, SQRT, 3, 'math.sqrt through a proxy against the floor'),
    aheadOfRivals(summary, SQRT, 'math.sqrt ahead of every rival: snakepit / the best of them'),
    ratioToFloor(summary, SUM, 8, 'an attribute and a call of it against the floor'),
    aheadOfRivals(summary, SUM, 'a.sum() ahead of every rival: snakepit / the best of them'),
  ];
}
