// Claim: a sandbox costs a NumPy job at most 5 % of its time. The jobs take turns among pools of one
// worker each, in one process, and the least of 20 of each counts. On one thread: those of BLAS wait
// for each other where the machine has something else to do. The processor's time of the same jobs is
// printed beside it.
import { summarise } from '../harness/statistics.mjs';
import { atMost } from '../harness/verdict.mjs';

export const title = 'sandbox: what a profile costs';
export const program = 'trial.mjs';
export const contestants = ['pool'];
export const trials = { full: 3, quick: 1 };

const PROFILES = /** @type {const} */ (['none', 'default', 'strict']);
const ROUNDS = 20;

// Products, sorts, functions of elements, and arrays that are large enough to be mapped anew.
const JOB = `
import time, numpy as np
begin = time.process_time_ns()
a = np.random.default_rng(7).random((256, 256))
total = 0.0
for i in range(3):
    b = a @ a
    c = np.exp(-np.sort(b, axis=1)) + b
    a = c / c.max()
    x = np.arange(200_000, dtype=np.float64)
    total += float(a.sum()) + float((x * 2 + 1).sum())
cpu = time.process_time_ns() - begin`;

// What a sandbox does cost: every file that is opened is looked up in the rules.
const FILES = `
import os
for i in range(2000): os.close(os.open(os.__file__, os.O_RDONLY))`;

const FILL = `
x = []
while True: x.append(b"a" * 10**7)`;

const job = (/** @type {string} */ profile) => `a NumPy job, ${profile}`;
const cpu = (/** @type {string} */ profile) => `its time on the processor, ${profile}`;
const files = (/** @type {string} */ profile) => `2000 files opened, ${profile}`;
const fork = (/** @type {string} */ profile) => `fork to ready, ${profile}`;
const ENDED = 'memory of 256 MiB used up: sent to known, strict';
const now = () => Number(process.hrtime.bigint());

/** @param {{ isolated: any, events: import('snakepit').Events, python: import('../harness/python.mjs').BenchPython }} contestant */
export async function measure({ isolated, events, python }) {
  /** @type {Record<string, number[]>} */
  const samples = { [ENDED]: [] };
  /** @type {string[]} */
  const wrong = [];
  let spawned = 0;
  let opening = '';
  events.on('worker.spawn', () => {
    spawned = now();
  });
  events.on('worker.ready', () => {
    (samples[fork(opening)] ??= []).push(now() - spawned);
  });
  const pools = [];
  const env = { OPENBLAS_NUM_THREADS: '1' };
  const base = { project: python.project, breaker: false, quarantine: false };
  const settings = { ...base, workers: 1, env };
  for (const profile of PROFILES) {
    opening = profile;
    const pool = await isolated({ ...settings, spares: 0, sandbox: profile });
    // The first waited for its template to be ready.
    samples[fork(profile)] = [];
    for (let i = 0; i < 6; i += 1) await pool.exec('import os; os._exit(3)').catch(() => undefined);
    pools.push({ profile, pool });
  }
  opening = 'other';
  for (let round = 0; round <= ROUNDS; round += 1) {
    // By turns: threads of the one before may still spin.
    pools.push(...pools.splice(0, 1));
    for (const { profile, pool } of pools) {
      const begin = now();
      const { total, cpu: spent } = await pool.exec(JOB, { out: ['total', 'cpu'] });
      const middle = now();
      await pool.exec(FILES);
      // The first loads and maps.
      if (round > 0) (samples[job(profile)] ??= []).push(middle - begin);
      if (round > 0) (samples[cpu(profile)] ??= []).push(spent);
      if (round > 0) (samples[files(profile)] ??= []).push(now() - middle);
      if (!(total > 0)) wrong.push(`${profile}: ${total}`);
    }
  }
  for (const { pool } of pools) await pool.close();
  const small = await isolated({ ...settings, spares: 1, sandbox: 'strict', memory: '256MiB' });
  for (let i = 0; i < 3; i += 1) {
    const begin = now();
    const reason = await small.exec(FILL).catch((/** @type {any} */ error) => error.reason);
    samples[ENDED]?.push(now() - begin);
    if (reason !== 'oom') wrong.push(`memory: ${reason}`);
  }
  await small.close();
  delete samples[fork('other')];
  /** @type {Record<string, import('../harness/statistics.mjs').Sample>} */
  const rows = {};
  for (const [row, values] of Object.entries(samples)) {
    rows[row] = { ...summarise(values), median: Math.min(...values) };
  }
  return { rows, wrong, facts: {} };
}

/** @param {import('../harness/verdict.mjs').Summary} summary */
export function claims(summary) {
  return PROFILES.slice(1).map((profile) =>
    atMost(
      summary,
      `a NumPy job under ${profile}, against none`,
      1.05,
      (read) => read(job(profile), 'pool') / read(job('none'), 'pool'),
    ),
  );
}
