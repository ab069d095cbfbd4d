import type { Routed } from '../contract/remote-face.ts';
import type { SnakepitOptions } from '../contract/route-options.ts';

/**
 * Python in this process by default, in a worker where the rules say so: one face for both. Without
 * `isolate` the rules are the CUDA libraries. The workers are started by the first call that needs
 * them.
 *
 * @example
 * await using pit = await snakepit({ isolate: ["torch.cuda", "faiss"] });
 * const index = await pit.import("faiss").IndexFlatL2(64); // in a worker
 * await pit.import("math").sqrt(2); // here
 *
 * @throws a TypeError that names the option; NotSyncedError, LockMismatchError, NoPythonError, AlreadyOpenError
 */
export async function snakepit(options?: SnakepitOptions): Promise<Routed> {
  // Who routes nothing does not load it: the start of a process counts in milliseconds.
  const { openRouted } = await import('./open-routed.ts');
  return openRouted(options);
}
