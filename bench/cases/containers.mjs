// Claim: 10,000 records of three fields cross no slower than with any rival or as JSON text, and the
// time grows with the data.
import { nanosSince, reasonOf, summarise, time } from '../harness/statistics.mjs';
import { aheadOfRivals, atMost } from '../harness/verdict.mjs';

export const title =
  'containers: a list of records { id, name, value } to Python, and out of it as plain data';
export const program = 'trial.mjs';
export const contestants = [
  'snakepit',
  'json-text',
  'node-calls-python',
  'pymport',
  'pythonia',
  'python-shell',
];
export const trials = { full: 5, quick: 2 };

const ROWS = 10_000;
const IN = '10,000 records in';
const OUT = '10,000 records out';
const LARGE = [100_000, 1_000_000];
/** Few: a million records are half a second. */
const LARGE_RUNS = { 100_000: 9, 1_000_000: 3 };

/** @param {number} count */
const makeRows = (count) =>
  Array.from({ length: count }, (_, id) => ({ id, name: `item ${id}`, value: id * 0.5 + 0.1 }));

/**
 * @param {any} rows
 * @param {number} count
 */
function isRight(rows, count) {
  const [last] = rows.slice(-1);
  const { id, name, value } = last ?? {};
  return rows.length === count && id === count - 1 && name === `item ${id}` && value > id * 0.5;
}

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batchMs: number, batches: number }} settings
 */
export async function measure(contestant, settings) {
  /** @type {Record<string, import('../harness/statistics.mjs').Sample | { error: string }>} */
  const rows = {};
  /** @type {string[]} */
  const wrong = [];
  const { take, give, large } = contestant.containers ?? {};
  const data = makeRows(ROWS);
  if (take !== undefined) {
    const answer = await take(data);
    if (answer !== ROWS - 1) wrong.push(`${IN} gave ${String(answer)}`);
    rows[IN] = await attempt(() => time(() => take(data), settings));
  }
  if (give !== undefined) {
    if (!isRight(await give(ROWS), ROWS)) wrong.push(`${OUT} gave something else`);
    rows[OUT] = await attempt(() => time(() => give(ROWS), settings));
  }
  if (large === true && take !== undefined && give !== undefined) {
    for (const count of LARGE) {
      const many = makeRows(count);
      rows[rowOf(count, 'in')] = repeat(() => take(many), count);
      rows[rowOf(count, 'out')] = repeat(() => give(count), count);
    }
  }
  return { rows, wrong, facts: {} };
}

/**
 * @param {number} count
 * @param {string} way
 */
const rowOf = (count, way) => `${count.toLocaleString('en')} records ${way}`;

/** @param {() => Promise<import('../harness/statistics.mjs').Sample>} run */
async function attempt(run) {
  try {
    return await run();
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

/**
 * @param {() => unknown} run
 * @param {number} count
 */
function repeat(run, count) {
  const runs = LARGE_RUNS[/** @type {keyof typeof LARGE_RUNS} */ (count)];
  const values = Array.from({ length: runs + 1 }, () => {
    const start = process.hrtime.bigint();
    run();
    return nanosSince(start);
  });
  return summarise(values.slice(1));
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  const growth = (/** @type {string} */ way) =>
    atMost(
      summary,
      `1,000,000 records ${way} against 100,000`,
      12,
      (read) => read(rowOf(1_000_000, way), 'snakepit') / read(rowOf(100_000, way), 'snakepit'),
    );
  return [
    aheadOfRivals(summary, IN, 'records in: snakepit / the best of the rivals and JSON text'),
    aheadOfRivals(summary, OUT, 'records out: snakepit / the best of the rivals and JSON text'),
    growth('in'),
    growth('out'),
  ];
}
