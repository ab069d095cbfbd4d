// Claims: a JavaScript function that Python calls costs at most one and a half times the floor, and no
// more than with any rival.
import { CALLBACKS } from '../contestants/contestant.mjs';
import { timeCalls } from '../harness/calls.mjs';
import { aheadOfRivals, ratioToFloor } from '../harness/verdict.mjs';

export const title = `callback: Python calls a JavaScript function ${CALLBACKS} times in a loop; one of them`;
export const program = 'trial.mjs';
export const contestants = ['floor', 'snakepit', 'node-calls-python', 'pymport', 'pythonia'];
export const trials = { full: 5, quick: 2 };

const CALLBACK = 'fn(int) -> int';

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batchMs: number, batches: number }} settings
 */
export function measure(contestant, settings) {
  const run = contestant.calls?.callbacks;
  const total = (CALLBACKS * (CALLBACKS - 1)) / 2;
  const right = (/** @type {any} */ answer) => answer === total;
  const at = () => CALLBACKS;
  return timeCalls([{ row: CALLBACK, run, at, right, each: CALLBACKS }], settings);
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return [
    ratioToFloor(summary, CALLBACK, 1.5, 'a callback against the floor'),
    aheadOfRivals(
      summary,
      CALLBACK,
      'a callback ahead of every rival: snakepit / the best of them',
    ),
  ];
}
