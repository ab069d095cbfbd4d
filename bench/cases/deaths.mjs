// Claims: a crash is known, with its signal and the line of Python, within a twentieth of a cold start;
// a fork of the template is ready, with NumPy, in less than a third of one; a call that waited behind a
// crash, where a spare is ready, has its answer in three round trips of the same call without any crash.
//
// The spare that takes it has rested since its birth. So its round trip is compared with that of a worker
// that rested too; in a loop, where both processes are awake, a call takes a fraction of that.
import { coldStart } from '../harness/cold-worker.mjs';
import { summarise } from '../harness/statistics.mjs';
import { rowsOf } from '../harness/verdict.mjs';

export const title = 'deaths: what a crash costs';
export const program = 'trial.mjs';
export const contestants = ['pool'];
export const trials = { full: 5, quick: 2 };

const COLD = 'a cold start: spawn to ready, NumPy imported';
const FORK = 'fork to ready, with NumPy';
const KNOWN = 'a call that crashes: sent to known, with signal and line';
const CALL = 'a small call in a loop, no crash';
const RESTED = 'a small call to a worker that rested, no crash';
const WAITED = 'a call that waited: crash known to its answer';
const WHOLE = 'a call that waited: the crashing call sent to its answer';

const now = () => Number(process.hrtime.bigint());
const CALLS = 300;
// More than a fork takes: the spare is there again.
const REST_MS = 150;

/** Stamps what the pool tells of its workers. */
class Watch {
  exitAt = 0;
  /** @type {number[]} */
  forks = [];
  /** @type {Map<string, number>} */
  #spawns = new Map();

  /** @param {import('snakepit').Events} events */
  constructor(events) {
    events.on('worker.spawn', ({ worker }) => {
      this.#spawns.set(worker, now());
    });
    events.on('worker.ready', ({ worker }) => {
      this.forks.push(now() - (this.#spawns.get(worker) ?? Number.NaN));
    });
    events.on('worker.exit', () => {
      this.exitAt = now();
    });
  }
}

/**
 * @param {any} pool one worker and a spare
 * @param {Watch} watch
 * @param {string[]} wrong
 */
async function crash(pool, watch, wrong) {
  const begin = now();
  const crashing = pool`import ctypes; return ctypes.string_at(0)`.then(
    () => wrong.push('it did not crash'),
    (/** @type {any} */ error) => {
      const { signal, pythonStack = [] } = error;
      const line = pythonStack.find((/** @type {any} */ frame) => frame.function === '<py>')?.line;
      if (signal !== 'SIGSEGV' || !(line > 0)) wrong.push(`${error}`);
      return now();
    },
  );
  const waiting = (async () => {
    const root = await pool.import('math').sqrt(2);
    if (root !== Math.SQRT2) wrong.push(`sqrt(2): ${root}`);
    return now();
  })();
  const [known, answered] = [await crashing, await waiting];
  return { known: known - begin, waited: answered - watch.exitAt, whole: answered - begin };
}

/**
 * @param {{ isolated: any, events: import('snakepit').Events, python: import('../harness/python.mjs').BenchPython }} contestant
 * @param {{ deaths: number }} settings
 */
export async function measure({ isolated, events, python }, { deaths }) {
  const watch = new Watch(events);
  const { project } = python;
  const pool = await isolated({
    project,
    workers: 1,
    spares: 1,
    breaker: false,
    quarantine: false,
  });
  const math = await pool.import('math');
  /** @type {Record<string, number[]>} */
  const samples = { [COLD]: [], [KNOWN]: [], [CALL]: [], [RESTED]: [], [WAITED]: [], [WHOLE]: [] };
  /** @type {string[]} */
  const wrong = [];
  for (let i = 0; i < 2; i += 1) await crash(pool, watch, wrong);
  watch.forks = [];
  for (let round = 0; round < deaths; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const rested = now();
    await math.sqrt(round);
    samples[RESTED]?.push(now() - rested);
    samples[COLD]?.push(await coldStart(python.executable));
    for (let i = 0; i < CALLS; i += 1) {
      const begin = now();
      await math.sqrt(i);
      samples[CALL]?.push(now() - begin);
    }
    const { known, waited, whole } = await crash(pool, watch, wrong);
    samples[KNOWN]?.push(known);
    samples[WAITED]?.push(waited);
    samples[WHOLE]?.push(whole);
  }
  await pool.close();
  samples[FORK] = watch.forks;
  const rows = Object.fromEntries(
    Object.entries(samples).map(([row, values]) => [row, summarise(values)]),
  );
  return { rows, wrong, facts: {} };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  const claim = rowsOf(summary, 'pool');
  return [
    claim('a crash known, against a cold start', 0.05, KNOWN, COLD),
    claim('fork to ready, against a cold start', 0.3, FORK, COLD),
    claim('a call that waited, against one without a crash', 3, WAITED, RESTED),
  ];
}
