import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { at } from './root.mjs';

/** Longer than the slowest set-up; after it the wait is an error and not a hang. */
const PATIENCE_MS = 15 * 60_000;

/**
 * @param {string} path
 * @returns {boolean} whether the process that wrote the lock is gone
 */
function abandoned(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH';
  }
}

/**
 * Runs `work` while no other set-up of this folder runs: two `npm test` side by side must not
 * install into one node_modules.
 * @param {() => Promise<void>} work
 */
export async function alone(work) {
  const path = at('.tools', 'setup.lock');
  mkdirSync(at('.tools'), { recursive: true });
  const deadline = Date.now() + PATIENCE_MS;
  for (let told = false; ; ) {
    try {
      const descriptor = openSync(path, 'wx');
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (abandoned(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(`Another set-up holds .tools/setup.lock. If none runs, delete that file.`);
    }
    if (!told) console.log('setup: waiting for another set-up of this folder');
    told = true;
    await sleep(200);
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}
