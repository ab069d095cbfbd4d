// Claims: a 4 GB tensor into a worker and a number back takes at most 1.3 times a call with a number, as
// does one of 4 KB; `a * 2` on 4 MB, result taken out, with four calls in flight, makes at least 0.7
// times the results a second that one thread in this process makes, and ten times those of a pool that
// copies both ways.
import { summarise } from '../harness/statistics.mjs';
import { rowsOf } from '../harness/verdict.mjs';

export const title = 'shared: tensors of the host in a worker, results of a worker in the host';
export const program = 'trial.mjs';
export const contestants = ['pool'];
export const trials = { full: 5, quick: 2 };

const EMPTY = 'a number in, a number back';
/** @type {Record<string, number>} */
const SIZES = { '4 KB': 1000, '4 MB': 1_000_000, '4 GB': 1_000_000_000 };
const into = (/** @type {string} */ size) => `a tensor of ${size} in, a number back`;
const HERE = 'a * 2 on 4 MB, in this process';
const SHARED = 'a * 2 on 4 MB, four in flight, shared';
const COPIED = 'a * 2 on 4 MB, four in flight, copied both ways';
const FLIGHT = 4;
const ROUNDS = 64;
const RESULTS = 160;

const now = () => Number(process.hrtime.bigint());

/**
 * Each kind once a round, so that a slow moment falls on all alike.
 * @param {any} pool
 * @param {Record<string, number[]>} samples
 * @param {string[]} wrong
 */
async function intoWorker(pool, samples, wrong) {
  const source = 'def ends(x):\n    return x if type(x) is float else float(x[0] + x[-1])';
  const { ends } = await pool.exec(source, { out: ['ends'] });
  const tensors = Object.entries(SIZES).map(([size, count]) => {
    const tensor = pool.alloc('float32', [count]);
    tensor.data[0] = 1.5;
    tensor.data[count - 1] = 2;
    return { row: into(size), argument: tensor };
  });
  const kinds = [{ row: EMPTY, argument: 3.5 }, ...tensors];
  for (let round = -ROUNDS; round < 4 * ROUNDS; round += 1) {
    for (const { row, argument } of kinds) {
      const begin = now();
      const sum = await ends(argument);
      if (round >= 0) (samples[row] ??= []).push(now() - begin);
      if (sum !== 3.5) wrong.push(`${row}: ${sum}`);
    }
  }
  for (const { argument } of tensors) argument.$dispose();
}

/**
 * Nanoseconds a result, of four chains that each wait for their own.
 * @param {() => Promise<number>} one
 * @param {number} results
 * @param {string[]} wrong
 */
async function inFlight(one, results, wrong) {
  const begin = now();
  const chain = async () => {
    for (let i = 0; i < results / FLIGHT; i += 1) {
      const value = await one();
      if (value !== 3) wrong.push(`a * 2: ${value}`);
    }
  };
  await Promise.all(Array.from({ length: FLIGHT }, chain));
  return (now() - begin) / results;
}

/**
 * @param {{ isolated: any, events: any, python: import('../harness/python.mjs').BenchPython }} contestant
 */
export async function measure({ isolated, python }) {
  const { open } = await import('snakepit');
  const { project } = python;
  const pool = await isolated({ project, workers: 2, spares: 0 });
  /** @type {Record<string, number[]>} */
  const samples = {};
  /** @type {string[]} */
  const wrong = [];
  await intoWorker(pool, samples, wrong);

  const np = await pool.import('numpy');
  const py = /** @type {any} */ (open({ project }));
  const { multiply } = py.import('numpy');
  const own = py.import('numpy').full(SIZES['4 MB'], 1.5, 'float32');
  const shared = pool.alloc('float32', [SIZES['4 MB']]);
  shared.data.fill(1.5);
  const plain = Float32Array.from(shared.data);
  const before = pool.stats().bytesCopied;
  const here = async () => {
    const product = multiply(own, 2);
    const result = py.fromNumpy(product);
    const value = result.data[7];
    result.$dispose();
    product.$dispose();
    return value;
  };
  const there = async () => {
    const product = np.multiply(shared, 2);
    const result = await pool.fromNumpy(product);
    const value = result.data[7];
    result.$dispose();
    product.$dispose();
    return value;
  };
  const copied = async () => (await np.multiply(plain, 2).$toJS())[7];
  for (let round = 0; round < 4; round += 1) {
    const results = round === 0 ? 2 * FLIGHT : RESULTS;
    const times = {
      [HERE]: await inFlight(here, results, wrong),
      [SHARED]: await inFlight(there, results, wrong),
    };
    const bytes = pool.stats().bytesCopied - before;
    if (round === 0 && bytes > 0) wrong.push(`${bytes} bytes were copied`);
    times[COPIED] = await inFlight(copied, results / FLIGHT, wrong);
    if (round === 0) continue;
    for (const [row, time] of Object.entries(times)) (samples[row] ??= []).push(time);
  }
  await pool.close();
  const rows = Object.fromEntries(
    Object.entries(samples).map(([row, values]) => [row, summarise(values)]),
  );
  return { rows, wrong, facts: {} };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  const claim = rowsOf(summary, 'pool');
  return [
    claim('4 KB into a worker, against a number', 1.3, into('4 KB'), EMPTY),
    claim('4 GB into a worker, against a number', 1.3, into('4 GB'), EMPTY),
    claim('a * 2 on 4 MB, time a result, against this process', 1 / 0.7, SHARED, HERE),
    claim('a * 2 on 4 MB, against copies', 0.1, SHARED, COPIED),
  ];
}
