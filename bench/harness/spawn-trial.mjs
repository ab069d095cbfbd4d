// Runs one trial and gives its answer, or why there is none. A crash costs one trial, not the run.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 600_000;

/**
 * @typedef {object} Trial
 * @property {string} contestant
 * @property {string} caseName
 * @property {string} program the file in this folder that runs it
 * @property {number} [limitMs] the longest that it may take
 * @property {import('./python.mjs').BenchPython} python
 * @property {object} settings
 * @property {Record<string, string>} environment
 */

/**
 * @param {Trial} trial
 * @returns {Promise<any>} what the trial replied, with `spawnedAt` in epoch milliseconds
 */
export function runTrial(trial) {
  const { contestant, caseName, python, settings, limitMs = LIMIT_MS } = trial;
  const task = JSON.stringify({ contestant, caseName, python, settings });
  const file = fileURLToPath(new URL(trial.program, import.meta.url));
  return new Promise((resolve) => {
    const spawnedAt = performance.timeOrigin + performance.now();
    const child = spawn(process.execPath, ['--expose-gc', file], {
      env: { ...process.env, ...trial.environment, SNAKEPIT_BENCH: task },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let answer = '';
    let errors = '';
    child.stdio[3]?.on('data', (chunk) => (answer += chunk));
    child.stderr?.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
    child.on('close', (code, signal) => {
      if (answer !== '') resolve({ ...JSON.parse(answer), spawnedAt });
      else resolve({ failed: lastWords(errors, code, signal) });
    });
  });
}

/**
 * @param {string} errors
 * @param {number | null} code
 * @param {string | null} signal
 */
function lastWords(errors, code, signal) {
  const end = signal === null ? `exit ${code}` : signal;
  const line = errors.split('\n').find((text) => /error/i.test(text)) ?? '';
  return `${end} ${line.trim()}`.trim().slice(0, 160);
}
