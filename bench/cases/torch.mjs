// Claim: a 4 GB tensor becomes a torch tensor over the same memory within 5 µs, one call in a hundred
// excepted, and within twice what torch.from_numpy takes inside Python. Needs torch in the project
// that SNAKEPIT_TEST_PROJECT names.
import { elements } from '../harness/sizes.mjs';
import { summarise, syncBatch, warmUp } from '../harness/statistics.mjs';
import { atMost, fact } from '../harness/verdict.mjs';

export const title = 'torch: py.toTorch(tensor) beside torch.from_numpy(array) in a loop of Python';
export const program = 'trial.mjs';
export const contestants = ['snakepit'];
export const trials = { full: 5, quick: 2 };

/** @type {import('../harness/sizes.mjs').Size[]} */
const sizes = ['4 KB', '4 GB'];
const BATCH = 1000;
const SINGLE = 20_000;
const HUNDREDTH = 0.99;
const P99 = 'p99 of single calls, 4 GB, ns';
const EQUAL = 'addresses equal';

const rowOf = (/** @type {string} */ size) => `py.toTorch, ${size}`;
const inPython = (/** @type {string} */ size) => `torch.from_numpy in Python, ${size}`;

/**
 * @param {import('../contestants/contestant.mjs').Operations} contestant
 * @param {{ batches: number }} settings
 */
export async function measure(contestant, settings) {
  const torch = contestant.torch?.();
  if (torch === undefined) throw new Error('no torch in this project: name one that has it');
  /** @type {Record<string, object>} */
  const rows = {};
  const facts = { [EQUAL]: 0, [P99]: 0 };
  for (const size of sizes) {
    const tensor = torch.make(elements(size));
    const once = () => torch.drop(torch.take(tensor));
    await warmUp(once, 1);
    const mine = [];
    const theirs = [];
    for (let batch = 0; batch < settings.batches; batch += 1) {
      mine.push(syncBatch(once, BATCH));
      theirs.push(torch.inPython(tensor, BATCH));
    }
    rows[rowOf(size)] = summarise(mine);
    rows[inPython(size)] = summarise(theirs);
    if (torch.sameAddress(tensor)) facts[EQUAL] += 1;
    facts[P99] = single(once);
  }
  return { rows, wrong: [], facts };
}

/** @param {() => unknown} once */
function single(once) {
  const values = Array.from({ length: SINGLE }, () => syncBatch(once, 1));
  return values.sort((a, b) => a - b)[Math.floor(SINGLE * HUNDREDTH)] ?? Number.NaN;
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return [
    atMost(summary, 'py.toTorch of 4 GB against torch.from_numpy inside Python', 2, (read) => {
      return read(rowOf('4 GB'), 'snakepit') / read(inPython('4 GB'), 'snakepit');
    }),
    atMost(summary, 'py.toTorch of 4 GB, µs at p99', 5, () => {
      return Math.min(...(summary.facts['snakepit']?.[P99] ?? [])) / 1000;
    }),
    atMost(summary, 'py.toTorch: 4 GB against 4 KB', 1.5, (read) => {
      return read(rowOf('4 GB'), 'snakepit') / read(rowOf('4 KB'), 'snakepit');
    }),
    atMost(
      summary,
      'sizes whose address differs',
      0,
      () => sizes.length - fact(summary, 'snakepit', EQUAL),
    ),
  ];
}
