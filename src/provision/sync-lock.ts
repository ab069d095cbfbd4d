import {
  closeSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ProvisionError } from '../errors/provision-errors.ts';
import { readText } from './hash.ts';
import { dropScratch } from './scratch.ts';

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** How often a holder shows that it lives, and after how long a silent one is passed over. */
const BEAT_MS = 2_000;
const SILENCE_MS = 60_000;
const POLL_MS = 100;
/** A whole sync with a large download fits; findings/packaging.md B5 used the same. */
const WAIT_MS = 600_000;

/** This machine, and its process table: pids of another container mean nothing here. */
function hostId(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/**
 * Runs `work` while no other sync of the same project runs. The lock of a process that died is
 * taken over; one that waits says so once.
 */
export async function withSyncLock<T>(
  path: string,
  report: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  await acquire(path, report);
  const beat = setInterval(() => {
    touch(path);
  }, BEAT_MS);
  try {
    dropScratch(dirname(path));
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(path, { force: true });
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Removed by hand: the work goes on, only its protection is gone.
  }
}

async function acquire(path: string, report: (line: string) => void): Promise<void> {
  const started = performance.now();
  let seen = '';
  let since = started;
  while (!create(path)) {
    const state = `${readText(path) ?? ''} ${String(beatOf(path))}`;
    const now = performance.now();
    if (state !== seen) {
      if (seen === '') report('waiting for another sync of this project to finish');
      seen = state;
      since = now;
    }
    // The silence is measured here, by our own clock: the holder's may be another machine's.
    if (isGone(path) || now - since > SILENCE_MS) takeOver(path, now - since > SILENCE_MS);
    else if (now - started > WAIT_MS) {
      throw new ProvisionError(
        `another sync has held ${path} for ten minutes. Wait for it, or delete that file if no ` +
          'sync is running.',
      );
    } else await sleep(POLL_MS);
  }
}

/** Creates the file if there is none: exactly one of several processes succeeds. */
function create(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  const holder: Holder = { pid: process.pid, host: hostId() };
  writeSync(file, JSON.stringify(holder));
  closeSync(file);
  return true;
}

function beatOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isGone(path: string): boolean {
  const text = readText(path);
  if (text === undefined || text === '') return false; // just released, or just being written
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(text) as Partial<Holder>;
  } catch {
    return false; // half written: the silence rule decides
  }
  if (holder.pid === undefined || holder.host !== hostId()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes a dead holder's file. Under a second lock: of two waiters that saw the same dead
 * holder, the slower one would otherwise remove the lock that the faster has just made.
 */
function takeOver(path: string, silent: boolean): void {
  const guard = `${path}.takeover`;
  if (!create(guard)) {
    // Its section takes microseconds; one this old was left by a process killed inside it.
    if (Date.now() - beatOf(guard) > 10_000) rmSync(guard, { force: true });
    return;
  }
  try {
    if (silent || isGone(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}
