// Claim: an array born in Python is a Float32Array over the same memory; one that was taken out
// before costs no more than three times (a typed array + a call), 4 GB or not; a stream of results
// costs a fifth of copying them and does not grow.
import { EVERYONE } from '../contestants/contestant.mjs';
import { elements, probe, SIZES } from '../harness/sizes.mjs';
import { asyncBatch, nanosSince, summarise, syncBatch, warmUp } from '../harness/statistics.mjs';
import { measureStreams } from '../harness/streams.mjs';
import { atMost, fact } from '../harness/verdict.mjs';

export const title = 'takeout: an array born in Python as a Float32Array';
export const program = 'trial.mjs';
export const contestants = EVERYONE;
export const trials = { full: 5, quick: 2 };

/** @type {import('../harness/sizes.mjs').Size[]} */
const sizes = ['4 KB', '4 MB', '256 MB', '4 GB'];
const LARGEST = '4 GB';
const YARDSTICK = 'typed array + proxy call';
const BATCH = 8;
const FLAT_MB = 32;
const STEADY = 1.25;

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {any} settings
 */
export async function measure(contestant, settings) {
  const takeOut = contestant.takeOut;
  /** @type {{ rows: Record<string, object>, wrong: string[], facts: Record<string, number> }} */
  const result = { rows: {}, wrong: [], facts: {} };
  if (takeOut === undefined) return result;
  /** @type {Map<string, unknown>} */
  const made = new Map();
  const first = await probe(
    sizes,
    (size) => SIZES[size],
    (size) => takeFirst(takeOut, size, made, result),
    2 * settings.budgetMs,
  );
  for (const { step, reason } of first) {
    if (reason !== undefined) result.rows[`again, ${step}`] = { error: reason };
    else result.rows[`again, ${step}`] = await again(takeOut, made.get(step), settings);
  }
  if (takeOut.proxyCall !== undefined && made.has(LARGEST)) {
    Object.assign(result.rows, await yardstick(takeOut, made.get(LARGEST), settings));
  }
  made.clear();
  if (takeOut.full !== undefined) await measureStreams(takeOut, settings, result);
  return result;
}

/**
 * @param {import('../contestants/contestant.mjs').TakeOut} takeOut
 * @param {import('../harness/sizes.mjs').Size} size
 * @param {Map<string, unknown>} made
 * @param {{ rows: Record<string, object>, wrong: string[], facts: Record<string, number> }} result
 */
async function takeFirst(takeOut, size, made, result) {
  const array = await takeOut.make(elements(size));
  const start = process.hrtime.bigint();
  const answer = takeOut.take(array);
  const taken = answer instanceof Promise ? await answer : answer;
  const nanos = nanosSince(start);
  result.rows[`first, ${size}`] = summarise([nanos]);
  made.set(size, array);
  if (taken.length !== elements(size) || taken.at(-1) !== 7) {
    result.wrong.push(`${size}: ${taken.length} floats came out, the last ${taken.at(-1)}`);
  }
  if (takeOut.addresses === undefined) return nanos;
  const { js, python } = takeOut.addresses(array, taken);
  result.facts['addresses equal'] = (result.facts['addresses equal'] ?? 0) + Number(js === python);
  if (js !== python) result.wrong.push(`${size} is at ${js} in JS and at ${python} in Python`);
  return nanos;
}

/**
 * @param {import('../contestants/contestant.mjs').TakeOut} takeOut
 * @param {unknown} array
 * @param {{ budgetMs: number, rounds: number }} settings
 */
async function again(takeOut, array, settings) {
  const take = () => takeOut.take(array);
  const start = process.hrtime.bigint();
  const answer = take();
  const batch = answer instanceof Promise ? asyncBatch : syncBatch;
  await answer;
  const nanos = nanosSince(start);
  const count = nanos > 1e6 ? 1 : BATCH;
  const affordable = Math.ceil((settings.budgetMs * 1e6) / (nanos * count));
  const values = [];
  for (let round = 0; round < Math.min(settings.rounds, affordable); round += 1) {
    values.push(await batch(take, count));
  }
  return summarise(values);
}

/**
 * The largest array again and the claim's yardstick, by turns in one loop.
 * @param {import('../contestants/contestant.mjs').TakeOut} takeOut
 * @param {unknown} array
 * @param {{ rounds: number }} settings
 */
async function yardstick(takeOut, array, settings) {
  const { take, proxyCall } = takeOut;
  const window = /** @type {Float32Array} */ (take(array));
  const { buffer, byteOffset, length } = window;
  let seen = 0;
  const typed = (/** @type {number} */ x) => {
    seen += new Float32Array(buffer, byteOffset, length).length;
    proxyCall?.(x + 0.5);
  };
  await warmUp(() => take(array), 1);
  await warmUp(typed, 1);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < settings.rounds; round += 1) {
    ours.push(syncBatch(() => (seen += take(array).length), BATCH));
    theirs.push(syncBatch(typed, BATCH));
  }
  return { [`again, ${LARGEST}`]: summarise(ours), [YARDSTICK]: summarise(theirs) };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  const ratio =
    (/** @type {string} */ over, /** @type {string} */ under) =>
    (/** @type {import('../harness/verdict.mjs').Read} */ read) =>
      read(over, 'snakepit') / read(under, 'snakepit');
  const known = (/** @type {string} */ name) => () => fact(summary, 'snakepit', name);
  return [
    atMost(
      summary,
      '4 GB taken out before / (typed array + proxy call)',
      3,
      ratio(`again, ${LARGEST}`, YARDSTICK),
    ),
    atMost(
      summary,
      '4 MB stream, async: cost of taking out / cost of copying',
      0.2,
      ratio('4 MB stream, taken out: cost', '4 MB stream, copied: cost'),
    ),
    atMost(
      summary,
      'whole loops: taking out / copying, for information',
      1,
      ratio('4 MB stream, taken out: whole', '4 MB stream, copied: whole'),
    ),
    atMost(summary, 'its RSS growth, MB', FLAT_MB, known('stream RSS growth, MB')),
    atMost(
      summary,
      '4 MB loop, synchronous: last tenth / first',
      STEADY,
      known('sync loop, last tenth / first'),
    ),
    atMost(
      summary,
      'sizes whose address differs',
      0,
      () => sizes.length - fact(summary, 'snakepit', 'addresses equal'),
    ),
  ];
}
