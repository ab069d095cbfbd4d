// Claims: an exception that is caught and let go costs at most 2.2 times the floor's, and less than any
// rival's; one whose frames and context are read, at most six times.
import { EVERYONE } from '../contestants/contestant.mjs';
import { caught, timeCalls } from '../harness/calls.mjs';
import { aheadOfRivals, atMost, ratioToFloor } from '../harness/verdict.mjs';

export const title = 'errors: a Python function raises, JavaScript catches';
export const program = 'trial.mjs';
export const contestants = EVERYONE;
export const trials = { full: 5, quick: 2 };

const RAISE = 'raise + catch';
const FRAMES = 'raise + catch + frames + context';

const index = (/** @type {number} */ step) => step;
const isError = (/** @type {any} */ answer) => answer instanceof Error;
const isLine = (/** @type {any} */ answer) => Number.isInteger(answer) && answer > 0;

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batchMs: number, batches: number }} settings
 */
export function measure({ calls = {} }, settings) {
  const rows = [{ row: RAISE, run: caught(calls.raise), at: index, right: isError }];
  if (calls.lines !== undefined) {
    rows.push({ row: FRAMES, run: caught(calls.raise, calls.lines), at: index, right: isLine });
  }
  return timeCalls(rows, settings);
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return [
    ratioToFloor(summary, RAISE, 2.2, 'raise and catch, untouched, against the floor'),
    aheadOfRivals(summary, RAISE, 'ahead of every rival: snakepit / the best of them'),
    atMost(
      summary,
      'with frames and context read, against the floor without',
      6,
      (read) => read(FRAMES, 'snakepit') / read(RAISE, 'floor'),
    ),
  ];
}
