// 200 WebSocket clients, each heartbeat answered by Python in a pool, while a grid search crashes the
// pool's workers fifty times. Nobody notices. `npm start` runs this after the flights.
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isolated } from 'snakepit';

import { printTable } from '../flights/report.mjs';
import { startClients } from './clients.mjs';
import { placeOf, Recorder } from './recorder.mjs';
import { search } from './search.mjs';
import { serve } from './server.mjs';
import { writeTimeline } from './timeline.mjs';

const CLIENTS = 200;
const HEARTBEAT_MS = 400;
const CALM_MS = 800;
const CRASHES = 50;

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const started = performance.now();

const recorder = new Recorder();
const server = await serve((value) => math.isqrt(value));
const [pool, clients] = await Promise.all([
  // Loaded once, before workers are forked.
  isolated({ project: here('.'), preload: ['numpy.random'] }),
  startClients({ port: server.port, count: CLIENTS }),
]);
const math = await pool.import('math');
await clients.begin(HEARTBEAT_MS);

await new Promise((resolve) => setTimeout(resolve, CALM_MS));
const calm = await clients.look();

const searched = recorder.now;
const found = await search(pool, (margin) => recorder.crashes + margin >= CRASHES);
const over = recorder.now;

const tally = await clients.end();
const { retried, workers } = pool.stats();
await server.close();
await pool.close();
recorder.stop();

const file = here('../../build/timeline.html');
mkdirSync(here('../../build'), { recursive: true });
writeFileSync(file, writeTimeline({ recorder, calm, tally, searched, over }));

/** @param {readonly { ms: number }[]} some */
function figures(some) {
  const times = some.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (/** @type {number} */ part) => times[Math.floor(times.length * part)] ?? Number.NaN;
  return [String(times.length), at(0.5).toFixed(1), at(0.99).toFixed(1)];
}

printTable(
  `${String(CLIENTS)} WebSocket clients, answered by Python in ${String(workers)} workers`,
  ['', 'heartbeats', 'ms, half', 'ms, 99 of 100'],
  [
    ['before the grid search', ...figures(calm)],
    [`while it crashes workers`, ...figures(tally.beats)],
  ],
);

const checks = /** @type {const} */ ([
  ['sockets dropped', tally.dropped, 0],
  ['heartbeats lost', tally.lost, 0],
  ['heartbeats answered twice', tally.doubled, 0],
  ['heartbeats answered wrongly', tally.wrong, 0],
  ['points of the search that are wrong', found.wrong, 0],
  ['failed for another reason than they should', unexpected(found.failed), 0],
]);
printTable(
  'Checks',
  ['what', 'expected', 'found', ''],
  checks.map(([what, value, expected]) => [
    what,
    String(expected),
    String(value),
    value === expected ? 'ok' : 'WRONG',
  ]),
);

/**
 * Two points crash wherever they run, and one hangs.
 * @param {typeof found.failed} failures
 */
function unexpected(failures) {
  const known = ['ERR_POISON_TASK', 'ERR_WORKER_CRASH', 'ERR_TIMEOUT'];
  return failures.filter(({ error }) => !known.includes(error.code)).length;
}

/**
 * @param {typeof found.failed[number]} failure
 */
function explain({ x, y, error }) {
  const { attempts, signal, pythonStack } = error.cause ?? error;
  const point = `(${[x, y].map((value) => Number(value.toFixed(3))).join(', ')})`;
  if (error.cause?.reason === 'hang') return `${point} hung in C, and its worker was killed`;
  if (error.code === 'ERR_TIMEOUT') return `${point} was not done in time, on a busy machine`;
  return `${point} killed ${attempts.length} workers: ${signal} at ${placeOf(pythonStack)}`;
}

const failed = checks.filter(([, value, expected]) => value !== expected).length;
const { best } = found;
console.log(
  `\n${String(recorder.crashes)} segfaults in ${((over - searched) / 1000).toFixed(1)} s, ` +
    `${String(retried)} calls tried again, ${String(found.points)} points right, ` +
    `lowest at (${best.x.toFixed(3)}, ${best.y.toFixed(3)}).\nWhat failed for good:`,
);
for (const failure of found.failed) console.log(`- ${explain(failure)}`);
console.log(
  `Timeline: ${relative(process.cwd(), file)} (open it in a browser). ` +
    `${((performance.now() - started) / 1000).toFixed(1)} s in all.` +
    `\n${String(checks.length - failed)} checks passed, ${String(failed)} failed`,
);
process.exitCode = failed === 0 && recorder.crashes >= CRASHES ? 0 : 1;
