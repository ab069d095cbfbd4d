import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { root } from './root.mjs';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to this process's own
 * @property {boolean} [show] pass the output on as it comes (it is collected either way)
 * @property {number} [timeout] ms after which the program is killed
 */

/**
 * @typedef {object} RunResult
 * @property {number} status exit status; 128 + signal as a shell has it; 127 when it did not start
 * @property {string} output stdout and stderr as they came
 * @property {number} seconds
 */

/**
 * Runs a program to its end. Never rejects: what went wrong is in the status.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, { cwd = root, env = {}, show = false, timeout = 0 } = {}) {
  const started = performance.now();
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    /** @param {number} status */
    const finish = (status) => {
      resolve({ status, output, seconds: (performance.now() - started) / 1000 });
    };
    for (const [from, to] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      from.setEncoding('utf8');
      from.on('data', (text) => {
        output += text;
        if (show) to.write(text);
      });
    }
    child.on('error', (error) => {
      output += `${command}: ${error.message}\n`;
      finish(127);
    });
    child.on('close', (code, signal) => {
      finish(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

/**
 * @param {number} seconds
 */
export const inSeconds = (seconds) => `${seconds.toFixed(1)} s`;
