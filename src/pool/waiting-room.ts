import { FairQueue } from './fair-queue.ts';
import type { Entry, Job, WorkerId } from './job.ts';

/** The calls that wait for a worker, and how long they may. */
export class WaitingRoom<J extends Job> {
  readonly #queue: FairQueue<Entry<J>>;
  readonly #timeout: number;
  /** Calls that wait for room in the pool, since when; the first is the oldest. */
  readonly #patience: Map<number, number> = new Map<number, number>();

  constructor(limit: number, timeout: number) {
    this.#queue = new FairQueue(limit);
    this.#timeout = timeout;
  }

  get size(): number {
    return this.#queue.size;
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** When the next one loses its patience. */
  get next(): number {
    const oldest = this.#patience.values().next();
    return oldest.done === true ? Infinity : oldest.value + this.#timeout;
  }

  /** The only worker that can run it; null: any can. */
  boundTo(job: J): WorkerId | null {
    return job.home ?? (job.seat?.affinity === 'strict' ? job.seat.worker : null);
  }

  /** `again`: it was out once, and goes before the others of its tenant. */
  add(entry: Entry<J>, now: number, again: boolean): void {
    const bound = this.boundTo(entry.job);
    entry.state = 'queued';
    this.#queue.add(entry, bound, again);
    // What waits for its own worker waits for its predecessors there, not for the pool.
    if (bound === null && !again) this.#patience.set(entry.id, now);
  }

  take(worker: WorkerId): Entry<J> | undefined {
    const entry = this.#queue.take(worker);
    if (entry !== undefined) this.#patience.delete(entry.id);
    return entry;
  }

  remove(entry: Entry<J>): void {
    this.#queue.remove(entry.id);
    this.#patience.delete(entry.id);
  }

  /** What a tenant has waiting is for this worker alone from now on. */
  bind(tenant: string, worker: WorkerId): void {
    for (const entry of this.#queue.bind(tenant, worker)) this.#patience.delete(entry.id);
  }

  /** Takes out what only this worker could have done. */
  orphan(worker: WorkerId): readonly Entry<J>[] {
    return this.#queue.orphan(worker);
  }

  clear(): readonly Entry<J>[] {
    this.#patience.clear();
    return this.#queue.clear();
  }

  /** The id of a call that waited too long. It still has to be removed. */
  overdue(now: number): number | null {
    for (const [id, since] of this.#patience) return since + this.#timeout <= now ? id : null;
    return null;
  }
}
