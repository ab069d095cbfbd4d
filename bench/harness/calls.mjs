// Times rows of calls: each operation is written once and checked before it is timed.
import { reasonOf, time } from './statistics.mjs';

/**
 * @typedef {import('../contestants/contestant.mjs').Call} Call
 *
 * @typedef {object} Operation
 * @property {string} row
 * @property {Call | Call[] | undefined} run of several ways, the fastest counts; undefined: has none
 * @property {(index: number) => number} at the argument at step i
 * @property {(answer: any, x: number) => boolean} right whether that is the answer
 * @property {number} [each] how often one run does it
 */

/**
 * @param {Operation[]} operations
 * @param {{ batchMs: number, batches: number }} settings
 */
export async function timeCalls(operations, settings) {
  /** @type {Record<string, import('./statistics.mjs').Sample | { error: string }>} */
  const rows = {};
  const wrong = [];
  for (const { row, run, at, right, each = 1 } of operations) {
    if (run === undefined) continue;
    try {
      const samples = [];
      for (const call of Array.isArray(run) ? run : [run]) {
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
 * The call, its error as the answer.
 * @param {Call | undefined} call
 * @param {(error: any) => unknown} look what the program does with the error
 * @returns {Call | undefined}
 */
export function caught(call, look = (error) => error) {
  if (call === undefined) return undefined;
  return (x) => {
    try {
      const answer = call(x);
      return answer instanceof Promise ? answer.catch(look) : answer;
    } catch (error) {
      return look(error);
    }
  };
}

/**
 * @param {import('./statistics.mjs').Sample[]} samples
 * @param {number} each
 */
function fastest(samples, each) {
  const [best] = samples.toSorted((a, b) => a.median - b.median);
  if (best === undefined) return { error: 'no way to run it' };
  return { ...best, min: best.min / each, median: best.median / each };
}
