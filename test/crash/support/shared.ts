import { readdirSync, readlinkSync } from 'node:fs';

import { expect } from 'vitest';

import { WorkerCrashError } from '../../../src/errors/worker-errors.ts';
import { loadBinding } from '../../../src/native/load.ts';
import { failure } from '../../contract/support/remote.ts';

/** Blocks of shared memory in use here. */
export function held(): { readonly blocks: number; readonly used: number } {
  const { blocks, used } = loadBinding().memoryStats();
  return { blocks, used };
}

/** Files of such memory that this process has open. */
export function memoryFiles(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('/memfd:snakepit');
    } catch {
      return false;
    }
  }).length;
}

/** Within the two seconds that a killed worker's memory may take. */
export async function until(isSo: () => boolean): Promise<void> {
  const over = performance.now() + 2000;
  while (!isSo() && performance.now() < over) await new Promise((go) => setTimeout(go, 20));
  expect(isSo()).toBe(true);
}

export async function crash(run: () => Promise<unknown>): Promise<WorkerCrashError> {
  const error = await failure(run);
  expect(error).toBeInstanceOf(WorkerCrashError);
  return error as WorkerCrashError;
}
