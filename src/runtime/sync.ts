import type { SyncOptions, SyncResult } from '../contract/sync.ts';

/**
 * What `npx snakepit sync` does, for programs that set up their Python themselves: makes
 * `.snakepit/` from snakepit.lock, and the lock where there is none. Does nothing, without
 * network, when all is in place; several at once are safe.
 *
 * @example
 * const { changed, packages } = await sync({ frozen: true });
 *
 * @throws ProjectError, LockMismatchError, NoPythonError, ProvisionError
 */
export async function sync(options?: SyncOptions): Promise<SyncResult> {
  // Only who syncs loads it: open() needs none of that.
  const provision = await import('../provision/provision.ts');
  return await provision.sync(options);
}
