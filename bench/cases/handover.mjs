// Claim: a Float32Array becomes a NumPy array over the same memory, in at most twice the floor's
// time, and 4 GB take no longer than 4 KB.
import { EVERYONE } from '../contestants/contestant.mjs';
import { breathe, elements, probe, SIZES } from '../harness/sizes.mjs';
import { reasonOf, summarise, warmUp } from '../harness/statistics.mjs';
import { atMost, fact } from '../harness/verdict.mjs';

export const title = 'handover: a Float32Array into np.asarray, and let go again';
export const program = 'trial.mjs';
export const contestants = EVERYONE;
export const trials = { full: 5, quick: 2 };

/** @type {import('../harness/sizes.mjs').Size[]} */
const sizes = ['4 KB', '64 KB', '1 MB', '16 MB', '256 MB', '4 GB'];
const CLAIMED = 'np.asarray';
const BATCH = 8;
const BREATH = 32;

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ budgetMs: number, rounds: number }} settings
 */
export async function measure(contestant, settings) {
  const handOver = contestant.handOver;
  if (handOver === undefined) return { rows: {}, wrong: [], facts: {} };
  /** @type {Record<string, object>} */
  const rows = {};
  const arrays = new Map(sizes.map((size) => [size, filled(elements(size))]));
  for (const [way, run] of Object.entries(handOver.ways)) {
    try {
      Object.assign(rows, await measureWay(way, run, arrays, settings));
    } catch (error) {
      rows[`${way}, 4 KB`] = { error: reasonOf(error) };
    }
  }
  return { rows, ...(await check(handOver, arrays)) };
}

/** @param {number} count */
function filled(count) {
  const array = new Float32Array(count);
  array[0] = 1;
  array[count - 1] = 7;
  return array;
}

/**
 * All sizes in one loop, so that a slow moment of the machine falls on all of them alike.
 * @param {string} way
 * @param {(array: Float32Array) => unknown} run
 * @param {Map<import('../harness/sizes.mjs').Size, Float32Array>} arrays
 * @param {{ budgetMs: number, rounds: number }} settings
 */
async function measureWay(way, run, arrays, settings) {
  const get = (/** @type {any} */ size) => /** @type {Float32Array} */ (arrays.get(size));
  const { batch } = await warmUp(() => run(get('4 KB')), 1);
  const once = async (/** @type {any} */ size) => void (await run(get(size)));
  const plan = (await probe(sizes, (size) => SIZES[size], once, 2 * settings.budgetMs)).map(
    ({ step, nanos, reason }) => {
      const count = nanos > 1e6 ? 1 : BATCH;
      const affordable = Math.ceil((settings.budgetMs * 1e6) / (nanos * count));
      const rounds = nanos > 1e6 ? Math.min(settings.rounds, affordable) : settings.rounds;
      return { size: step, reason, count, rounds, values: /** @type {number[]} */ ([]) };
    },
  );
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const { size, reason, count, rounds, values } of plan) {
      if (reason !== undefined || round >= rounds) continue;
      const array = get(size);
      values.push(await batch(() => run(array), count));
    }
    if (round % BREATH === 0) await breathe();
  }
  return Object.fromEntries(
    plan.map(({ size, reason, values }) => [
      `${way}, ${size}`,
      reason === undefined ? summarise(values) : { error: reason },
    ]),
  );
}

/**
 * Shared memory is proved by its address and by a write; a copy by the length that arrived.
 * @param {import('../contestants/contestant.mjs').HandOver} handOver
 * @param {Map<string, Float32Array>} arrays
 */
async function check(handOver, arrays) {
  const wrong = [];
  /** @type {Record<string, number>} */
  const facts = {};
  const small = /** @type {Float32Array} */ (arrays.get('4 KB'));
  if (handOver.addresses !== undefined) {
    let equal = 0;
    for (const [size, array] of arrays) {
      const { js, python } = handOver.addresses(array);
      if (js === python) equal += 1;
      else wrong.push(`${size} is at ${js} in JS and at ${python} in Python`);
    }
    facts['addresses equal'] = equal;
  }
  if (handOver.fill !== undefined) {
    handOver.fill(small, 3);
    if (small[0] !== 3 || small.at(-1) !== 3) wrong.push('a write in Python is not seen in JS');
  }
  if (!handOver.shared) {
    const arrived = await handOver.ways[CLAIMED]?.(small);
    if (arrived !== small.length) wrong.push(`${small.length} floats sent, ${arrived} arrived`);
  }
  return { wrong, facts };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  const row = (/** @type {string} */ size) => `${CLAIMED}, ${size}`;
  return [
    atMost(summary, 'hand-over against the floor, the worst size', 2, (read) =>
      Math.max(...sizes.map((size) => read(row(size), 'snakepit') / read(row(size), 'floor'))),
    ),
    atMost(summary, 'hand-over, 4 KB to 4 GB: largest median / smallest', 1.5, (read) => {
      const times = sizes.map((size) => read(row(size), 'snakepit'));
      return Math.max(...times) / Math.min(...times);
    }),
    atMost(
      summary,
      'sizes whose address differs',
      0,
      () => sizes.length - fact(summary, 'snakepit', 'addresses equal'),
    ),
  ];
}
