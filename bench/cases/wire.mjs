// Claims: a small call in another process costs at most six times a ping-pong of two C programs over
// the same kind of pipes, codec included; with 64 in flight it reaches a fifth of what the channel
// alone does; it is three times ahead of every rival. python-shell is no bridge but a loop of lines
// that carries floats as text, close to the floor of Node's own pipes: a lone round trip cannot be
// three times ahead of it, 64 in flight can.
import { summarise, warmUp } from '../harness/statistics.mjs';
import { atMost } from '../harness/verdict.mjs';

export const title = 'wire: a small call in another process';
export const program = 'trial.mjs';
export const contestants = [
  'pipe-floor',
  'pipe-channel',
  'pipe-snakepit',
  'pythonia',
  'python-shell',
];
export const trials = { full: 5, quick: 2 };

const ONE = 'round trip';
const MANY = '64 in flight, for each';
const IN_FLIGHT = 64;
const RIVALS = ['pythonia', 'python-shell'];

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batchMs: number, batches: number }} settings
 */
export async function measure(contestant, settings) {
  const { pipe = {}, calls = {} } = contestant;
  /** @type {{ rows: Record<string, object>, wrong: string[], facts: Record<string, number> }} */
  const result = { rows: {}, wrong: [], facts: {} };
  if (pipe.timed !== undefined) {
    const count = settings.batchMs * 150;
    result.rows[ONE] = summarise(pipe.timed(settings.batches, count));
    return result;
  }
  const rival = Array.isArray(calls.sqrt) ? calls.sqrt[0] : calls.sqrt;
  const call = pipe.call ?? rival;
  if (call === undefined) return result;
  const answer = await call(2);
  if (pipe.right !== undefined && !pipe.right(answer, 2)) result.wrong.push(`sqrt(2): ${answer}`);
  const one = (/** @type {number} */ index) => call((index % 1000) + 0.5);
  const { batch, count } = await warmUp(one, settings.batchMs);
  const values = [];
  for (let i = 0; i < settings.batches; i += 1) values.push(await batch(one, count));
  result.rows[ONE] = summarise(values);
  // Bridges that mix up calls which overlap are measured one at a time only.
  if (pipe.call !== undefined) result.rows[MANY] = await inFlight(pipe.call, settings, count);
  return result;
}

/**
 * @param {(x: number) => unknown} call
 * @param {{ batches: number }} settings
 * @param {number} count of round trips that fill a batch
 */
async function inFlight(call, settings, count) {
  const values = [];
  const total = count * 4;
  for (let i = 0; i < settings.batches; i += 1) {
    let left = total;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        await call(left + 0.5);
      }
    };
    const start = process.hrtime.bigint();
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    values.push(Number(process.hrtime.bigint() - start) / total);
  }
  return summarise(values);
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  const best = (/** @type {any} */ read, /** @type {string} */ row) =>
    Math.min(...RIVALS.map((name) => read(row, name)).filter(Number.isFinite));
  return [
    atMost(
      summary,
      'a round trip against the ping-pong in C',
      6,
      (read) => read(ONE, 'pipe-snakepit') / read(ONE, 'pipe-floor'),
    ),
    atMost(
      summary,
      'a call of 64 in flight against the channel alone',
      5,
      (read) => read(MANY, 'pipe-snakepit') / read(MANY, 'pipe-channel'),
    ),
    atMost(
      summary,
      '64 in flight, for each, against the best rival’s round trip',
      1 / 3,
      (read) => read(MANY, 'pipe-snakepit') / best(read, ONE),
    ),
    atMost(
      summary,
      'a lone round trip against the best rival’s',
      1 / 3,
      (read) => read(ONE, 'pipe-snakepit') / best(read, ONE),
    ),
  ];
}
