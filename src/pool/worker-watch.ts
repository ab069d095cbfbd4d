import { readFileSync } from 'node:fs';

import type { WorkerId } from './job.ts';
import type { WorkerProcess } from './worker-process.ts';

// Looks without a beat until a worker counts as frozen; the host itself may have slept meanwhile,
// but then its looks did too.
const MOST_MISSES = 5;

const PAGE_MB = 4096 / 2 ** 20;

interface Seen {
  beat: number;
  misses: number;
}

export interface Look {
  readonly worker: WorkerId;
  /** Not even its thread without Python ran for several looks. */
  readonly frozen: boolean;
  /** Of its own memory, without what it shares; null where the system does not say. */
  readonly rssMB: number | null;
}

/** Resident memory that a process does not share, by Linux's own count. */
function rssOf(pid: number): number | null {
  try {
    const [, resident, shared] = readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ');
    return (Number(resident) - Number(shared)) * PAGE_MB;
  } catch {
    return null;
  }
}

/** Looks at workers from outside, now and then: whether they run at all, and how large they are. */
export class WorkerWatch {
  readonly #seen: Map<WorkerId, Seen> = new Map<WorkerId, Seen>();

  look(processes: Iterable<WorkerProcess>, withMemory: boolean): readonly Look[] {
    return Array.from(processes, (process) => {
      const frozen = this.#isFrozen(process);
      const rssMB = withMemory && process.pid > 0 ? rssOf(process.pid) : null;
      return { worker: process.id, frozen, rssMB };
    });
  }

  forget(worker: WorkerId): void {
    this.#seen.delete(worker);
  }

  #isFrozen({ id, slot }: WorkerProcess): boolean {
    const beat = slot.read('nativeBeat');
    // It has not begun to beat, or cannot.
    if (beat === 0) return false;
    const seen = this.#seen.get(id);
    if (seen === undefined) this.#seen.set(id, { beat, misses: 0 });
    else if (seen.beat === beat) seen.misses += 1;
    else Object.assign(seen, { beat, misses: 0 });
    return (seen?.misses ?? 0) >= MOST_MISSES;
  }
}
