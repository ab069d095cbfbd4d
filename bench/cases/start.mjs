// Claim: from process start to the first Python result in at most 1.2 times the floor, and sooner
// than any rival.
import { EVERYONE } from '../contestants/contestant.mjs';
import { aheadOfRivals, ratioToFloor } from '../harness/verdict.mjs';

export const title = 'start: from the birth of the process to the first Python result';
export const program = 'start-trial.mjs';
export const contestants = ['bare-node', ...EVERYONE];
export const trials = { full: 20, quick: 4 };

const ROW = 'cold start';
const NANOS = 1e6;

/**
 * The clock starts in the parent, before the spawn, and stops in the child.
 * @param {{ value: number, now: number, spawnedAt: number }} reply
 */
export function read({ value, now, spawnedAt }) {
  const nanos = (now - spawnedAt) * NANOS;
  return {
    rows: { [ROW]: { min: nanos, median: nanos, samples: 1 } },
    wrong: value === Math.SQRT2 ? [] : [`sqrt(2) gave ${value}`],
    facts: {},
  };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return [
    ratioToFloor(summary, ROW, 1.2, 'cold start against the floor'),
    aheadOfRivals(summary, ROW, 'cold start ahead of every rival: snakepit / the best of them'),
  ];
}
