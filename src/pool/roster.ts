import type { PoolSettings } from '../contract/pool-options.ts';
import type { KillReason } from './exit-status.ts';
import type { Entry, Job, WorkerId } from './job.ts';
import { type RecycleReason, recycleReason } from './rotation.ts';

export type WorkerState =
  | 'starting'
  | 'idle'
  | 'busy'
  /** It was asked to end, or is being killed; only its death is awaited. */
  | 'ending';

export interface WorkerRecord<J extends Job> {
  readonly id: WorkerId;
  readonly startedAt: number;
  readonly spread: number;
  state: WorkerState;
  wasReady: boolean;
  entry: Entry<J> | null;
  calls: number;
  idleSince: number;
  rssMB: number | null;
  /** It leaves as soon as another is warm. */
  retiring: RecycleReason | null;
  killed: KillReason | null;
}

type Limits = Pick<PoolSettings, 'workers' | 'spares' | 'recycle'>;

/** The workers of a pool, and how many there should be. */
export class Roster<J extends Job> {
  readonly #limits: Limits;
  readonly #random: () => number;
  readonly #workers: Map<WorkerId, WorkerRecord<J>> = new Map<WorkerId, WorkerRecord<J>>();
  /** The last one to become idle is at the end: its memory is warm. */
  readonly #idle: Set<WorkerId> = new Set<WorkerId>();
  #last: WorkerId = 0;
  #running = 0;

  constructor(limits: Limits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  get running(): number {
    return this.#running;
  }

  get size(): number {
    return this.#workers.size;
  }

  get(id: WorkerId): WorkerRecord<J> | undefined {
    return this.#workers.get(id);
  }

  all(): readonly WorkerRecord<J>[] {
    return [...this.#workers.values()];
  }

  idle(): readonly WorkerId[] {
    return [...this.#idle].reverse();
  }

  isIdle(id: WorkerId): boolean {
    return this.#idle.has(id);
  }

  /** A free place among those that may work at the same time. */
  get hasRoom(): boolean {
    return this.#running < this.#limits.workers && this.#idle.size > 0;
  }

  /** Workers that are there, or will be, and stay. */
  get staying(): number {
    let count = 0;
    for (const { state, retiring } of this.#workers.values()) {
      if (state !== 'ending' && retiring === null) count += 1;
    }
    return count;
  }

  /** How many more should be started now. */
  get missing(): number {
    return this.#limits.workers + this.#limits.spares - this.staying;
  }

  add(now: number): WorkerRecord<J> {
    this.#last += 1;
    const record: WorkerRecord<J> = {
      id: this.#last,
      startedAt: now,
      spread: this.#random(),
      state: 'starting',
      wasReady: false,
      entry: null,
      calls: 0,
      idleSince: now,
      rssMB: null,
      retiring: null,
      killed: null,
    };
    this.#workers.set(record.id, record);
    return record;
  }

  setIdle(record: WorkerRecord<J>, now: number): void {
    if (record.entry !== null) this.#running -= 1;
    record.entry = null;
    if (record.state === 'ending') return;
    record.state = 'idle';
    record.wasReady = true;
    record.idleSince = now;
    this.#idle.add(record.id);
  }

  setBusy(worker: WorkerId, entry: Entry<J>): void {
    const record = this.#workers.get(worker);
    if (record?.state !== 'idle')
      throw new Error('roster.ts: a call for a worker that is not idle');
    record.state = 'busy';
    record.entry = entry;
    record.calls += 1;
    this.#running += 1;
    this.#idle.delete(record.id);
  }

  setEnding(record: WorkerRecord<J>): void {
    record.state = 'ending';
    this.#idle.delete(record.id);
  }

  remove(record: WorkerRecord<J>): void {
    if (record.entry !== null) this.#running -= 1;
    this.#idle.delete(record.id);
    this.#workers.delete(record.id);
  }

  /** Chooses who should be replaced: one at a time, so that the pool is never half its size. */
  review(now: number, isNeeded: (id: WorkerId) => boolean): WorkerRecord<J> | null {
    const { recycle } = this.#limits;
    if ([...this.#workers.values()].some(({ retiring }) => retiring !== null)) return null;
    for (const record of this.#workers.values()) {
      if (record.state !== 'idle' && record.state !== 'busy') continue;
      const age = {
        ageMs: now - record.startedAt,
        calls: record.calls,
        idleMs: record.state === 'idle' ? now - record.idleSince : 0,
        rssMB: record.rssMB,
      };
      const reason = recycleReason(age, recycle, record.spread);
      if (reason === null || isNeeded(record.id)) continue;
      record.retiring = reason;
      return record;
    }
    return null;
  }

  /** A retiring worker that is idle, once enough others are warm. */
  readyToLeave(): WorkerRecord<J> | undefined {
    let warm = 0;
    let leaving: WorkerRecord<J> | undefined;
    for (const record of this.#workers.values()) {
      if (record.retiring !== null) leaving = record.state === 'idle' ? record : leaving;
      else if (record.state === 'idle' || record.state === 'busy') warm += 1;
    }
    return warm >= this.#limits.workers ? leaving : undefined;
  }
}
