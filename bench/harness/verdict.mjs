// Trials become a summary, a summary becomes verdicts. Noise only ever adds time, so a verdict
// compares the quietest trial of each: a disturbed floor must not make a claim look better. What the
// medians of all trials say stands beside it.
import { median } from './statistics.mjs';

/**
 * @typedef {object} Cell
 * @property {number} min nanoseconds, the least of all
 * @property {number} quiet the least of the trials' medians
 * @property {number} median of the trials' medians
 * @property {number} trials
 * @property {string} [error] why there is no figure
 *
 * @typedef {object} Summary
 * @property {string[]} contestants in the case's order
 * @property {Record<string, Record<string, Cell>>} rows row → contestant → cell
 * @property {Record<string, Record<string, number[]>>} facts contestant → name → one per trial
 * @property {string[]} wrong answers that were not right
 * @property {Record<string, string>} absent contestant → why it did not take part
 *
 * @typedef {object} Claim
 * @property {string} text
 * @property {number} value by the quietest trials
 * @property {number} byMedian by the medians of all trials
 * @property {number} limit the largest value that passes
 * @property {'PASS' | 'MISSED' | 'NOT MEASURED'} verdict
 */

export const REFERENCES = ['floor', 'snakepit', 'bare-node', 'pool'];

/**
 * @param {string[]} contestants
 * @param {{ contestant: string, reply: any }[]} results
 * @param {Record<string, string>} absent
 * @returns {Summary}
 */
export function summarise(contestants, results, absent) {
  /** @type {Summary} */
  const summary = { contestants, rows: {}, facts: {}, wrong: [], absent: { ...absent } };
  for (const name of contestants) {
    const replies = results.filter((result) => result.contestant === name).map((r) => r.reply);
    const failed = replies.find((reply) => 'failed' in reply);
    const answered = replies.filter((reply) => !('failed' in reply));
    if (failed !== undefined && answered.length === 0) summary.absent[name] = failed.failed;
    const wrong = new Set(answered.flatMap((reply) => reply.wrong));
    for (const text of wrong) summary.wrong.push(`${name}: ${text}`);
    for (const row of new Set(answered.flatMap((reply) => Object.keys(reply.rows)))) {
      (summary.rows[row] ??= {})[name] = cell(answered.map((reply) => reply.rows[row]));
    }
    summary.facts[name] = gather(answered.map((reply) => reply.facts));
  }
  return summary;
}

/**
 * @param {any[]} samples one per trial
 * @returns {Cell}
 */
function cell(samples) {
  const good = samples.filter((sample) => sample !== undefined && !('error' in sample));
  const bad = samples.find((sample) => sample !== undefined && 'error' in sample);
  const medians = good.map((sample) => sample.median);
  return {
    min: Math.min(...good.map((sample) => sample.min)),
    quiet: Math.min(...medians),
    median: median(medians),
    trials: good.length,
    ...(good.length === 0 && bad !== undefined ? { error: bad.error } : {}),
  };
}

/** @param {Record<string, number>[]} facts */
function gather(facts) {
  /** @type {Record<string, number[]>} */
  const all = {};
  for (const one of facts) {
    for (const [name, value] of Object.entries(one)) (all[name] ??= []).push(value);
  }
  return all;
}

/** @typedef {(row: string, contestant: string) => number} Read NaN where there is no figure */

/**
 * @param {Summary} summary
 * @param {'quiet' | 'median'} statistic
 * @returns {Read}
 */
function reader(summary, statistic) {
  return (row, contestant) => {
    const cell = summary.rows[row]?.[contestant];
    return cell === undefined || cell.trials === 0 ? Number.NaN : cell[statistic];
  };
}

/**
 * @param {Summary} summary
 * @param {string} text
 * @param {number} limit
 * @param {(read: Read) => number} compute NaN where it was not measured
 * @returns {Claim}
 */
export function atMost(summary, text, limit, compute) {
  const value = compute(reader(summary, 'quiet'));
  const byMedian = compute(reader(summary, 'median'));
  if (!Number.isFinite(value)) return { text, value, byMedian, limit, verdict: 'NOT MEASURED' };
  return { text, value, byMedian, limit, verdict: value <= limit ? 'PASS' : 'MISSED' };
}

/**
 * Makes claims of one contestant, each a row of its own against another one.
 * @param {Summary} summary
 * @param {string} contestant
 * @returns {(text: string, limit: number, row: string, than: string) => ReturnType<typeof atMost>}
 */
export function rowsOf(summary, contestant) {
  return (text, limit, row, than) =>
    atMost(summary, text, limit, (read) => read(row, contestant) / read(than, contestant));
}

/**
 * @param {Summary} summary
 * @param {string} row
 * @param {number} limit
 * @param {string} text
 */
export function ratioToFloor(summary, row, limit, text) {
  return atMost(summary, text, limit, (read) => read(row, 'snakepit') / read(row, 'floor'));
}

/**
 * @param {Summary} summary
 * @param {string} row
 * @param {string} text
 */
export function aheadOfRivals(summary, row, text) {
  const rivals = summary.contestants.filter((name) => !REFERENCES.includes(name));
  return atMost(summary, text, 1, (read) => {
    const times = rivals.map((name) => read(row, name)).filter(Number.isFinite);
    return times.length === 0 ? Number.NaN : read(row, 'snakepit') / Math.min(...times);
  });
}

/**
 * @param {Summary} summary
 * @param {string} contestant
 * @param {string} name
 */
export function fact(summary, contestant, name) {
  const values = summary.facts[contestant]?.[name];
  return values === undefined ? Number.NaN : median(values);
}
