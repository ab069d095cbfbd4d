import type { PoolOptions } from '../contract/pool-options.ts';
import type { Pool } from '../contract/remote-face.ts';

/**
 * Worker processes behind one face: what crashes there costs one call, never this process.
 *
 * @example
 * await using pool = await isolated({ workers: 2 });
 * const np = await pool.import("numpy");
 * await np.linalg.norm([3, 4]); // 5
 *
 * @throws NotSyncedError, LockMismatchError, NoPythonError; WorkerCrashError where no worker comes up
 */
export async function isolated(options?: PoolOptions): Promise<Pool> {
  // Who has no pool does not load it: the start of a process counts in milliseconds.
  const { openPool } = await import('./open-pool.ts');
  return await openPool(options);
}
