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

/** What was measured, by row, and what was wrong. */
class Notes {
  /** @type {Record<string, number[]>} */
  samples = {};
  /** @type {string[]} */
  wrong = [];

  /**
   * @param {string} row
   * @param {number} nanoseconds
   */
  add(row, nanoseconds) {
    (this.samples[row] ??= []).push(nanoseconds);
  }
}

/**
 * @param {{ profile: string, pool: any }} contestant
 * @param {Notes} notes
 */
async function work({ profile, pool }, notes) {
  const begin = now();
  const { total, cpu: spent } = await pool.exec(JOB, { out: ['total', 'cpu'] });
  const middle = now();
  await pool.exec(FILES);
  notes.add(job(profile), middle - begin);
  notes.add(cpu(profile), spent);
  notes.add(files(profile), now() - middle);
  if (!(total > 0)) notes.wrong.push(`${profile}: ${total}`);
}

/**
 * @param {() => Promise<any>} openPool
 * @param {Notes} notes
 */
async function usedUp(openPool, notes) {
  const pool = await openPool();
  for (let i = 0; i < 3; i += 1) {
    const begin = now();
    const reason = await pool.exec(FILL).catch((/** @type {any} */ error) => error.reason);
    notes.add(ENDED, now() - begin);
    if (reason !== 'oom') notes.wrong.push(`memory: ${reason}`);
  }
  await pool.close();
}

/**
 * A pool's forks by the way: its first worker waited for the template.
 * @param {() => Promise<any>} openPool
 * @param {string} profile
 * @param {import('snakepit').Events} events
 * @param {Notes} notes
 */
async function openOne(openPool, profile, events, notes) {
  const pool = await openPool();
  let spawned = 0;
  const watching = [
    events.on('worker.spawn', () => {
      spawned = now();
    }),
    events.on('worker.ready', () => {
      notes.add(fork(profile), now() - spawned);
    }),
  ];
  for (let i = 0; i < 6; i += 1) await pool.exec('import os; os._exit(3)').catch(() => undefined);
  await pool.exec('pass');
  for (const one of watching) one[Symbol.dispose]();
  return { profile, pool };
}

/** @param {{ isolated: any, events: import('snakepit').Events, python: import('../harness/python.mjs').BenchPython }} contestant */
export async function measure({ isolated, events, python }) {
  const env = { OPENBLAS_NUM_THREADS: '1' };
  const base = { project: python.project, workers: 1, breaker: false, quarantine: false, env };
  const notes = new Notes();
  const pools = [];
  for (const sandbox of PROFILES) {
    const open = () => isolated({ ...base, spares: 0, sandbox });
    pools.push(await openOne(open, sandbox, events, notes));
  }
  // The first loads and maps.
  for (const one of pools) await work(one, new Notes());
  for (let round = 0; round < ROUNDS; round += 1) {
    // By turns: threads of the one before may still spin.
    pools.push(...pools.splice(0, 1));
    for (const one of pools) await work(one, notes);
  }
  for (const { pool } of pools) await pool.close();
  await usedUp(() => isolated({ ...base, spares: 1, sandbox: 'strict', memory: '256MiB' }), notes);
  /** @type {Record<string, import('../harness/statistics.mjs').Sample>} */
  const rows = {};
  for (const [row, values] of Object.entries(notes.samples)) {
    rows[row] = { ...summarise(values), median: Math.min(...values) };
  }
  return { rows, wrong: notes.wrong, facts: {} };
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
