import type { RecycleSettings } from '../contract/pool-options.ts';

/** What a worker has behind it. */
export interface WorkerAge {
  readonly ageMs: number;
  readonly calls: number;
  readonly idleMs: number;
  /** Of its own memory; null where it is not known. */
  readonly rssMB: number | null;
}

export type RecycleReason = 'age' | 'calls' | 'idle' | 'memory';

/**
 * Why a worker should be replaced; null: it may stay. `spread` in [0, 1) is the worker's own and
 * makes limits of time up to a tenth shorter, so that workers that began together end apart.
 */
export function recycleReason(
  age: WorkerAge,
  settings: RecycleSettings,
  spread: number,
): RecycleReason | null {
  const shorter = 1 - spread / 10;
  if (settings.rssMB !== null && age.rssMB !== null && age.rssMB > settings.rssMB) return 'memory';
  if (settings.calls !== null && age.calls >= settings.calls) return 'calls';
  if (settings.ageMs !== null && age.ageMs >= settings.ageMs * shorter) return 'age';
  // A worker that never ran a call is as fresh as its replacement would be.
  const idle = age.calls > 0 && settings.idleMs !== null && age.idleMs >= settings.idleMs * shorter;
  return idle ? 'idle' : null;
}
