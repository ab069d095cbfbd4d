import type { KillReason } from './exit-status.ts';
import { startError, startsFailed, workerName } from './failures.ts';
import type { Death, Job, Seat, WorkerId } from './job.ts';
import type { Port, SchedulerSettings } from './port.ts';
import { RestartIntensity } from './restart-intensity.ts';
import { Roster, type WorkerRecord } from './roster.ts';

/** A reminder about a worker. */
export type CrewReminder =
  | { readonly kind: 'start'; readonly worker: WorkerId }
  | { readonly kind: 'balance' };

// Milliseconds; several small calls.
const BREATH = 1;

// What a handle's or a session's error says about a worker that died long ago.
const MOST_OBITUARIES = 1000;

/** The life of workers: started, replaced, recycled, buried. */
export class Crew<J extends Job> {
  readonly roster: Roster<J>;
  readonly #settings: SchedulerSettings;
  readonly #port: Port<J>;
  readonly #later: (at: number, reminder: CrewReminder) => void;
  readonly #intensity: RestartIntensity;
  readonly #obituaries: Map<WorkerId, string> = new Map<WorkerId, string>();
  readonly #seats: Map<WorkerId, Set<Seat>> = new Map<WorkerId, Set<Seat>>();
  #startAfter = 0;
  #failedStarts = 0;
  #startFailure: Error | null = null;
  #opened = false;
  #closed = false;
  #restarts = 0;
  #crashes = 0;

  constructor(
    settings: SchedulerSettings,
    port: Port<J>,
    later: (at: number, reminder: CrewReminder) => void,
    random: () => number,
  ) {
    this.#settings = settings;
    this.#port = port;
    this.#later = later;
    this.roster = new Roster(settings, random);
    this.#intensity = new RestartIntensity(settings.restartIntensity);
  }

  get restarts(): number {
    return this.#restarts;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** Starts in a row that failed, and what the last one died of. */
  get failedStarts(): { readonly count: number; readonly cause: Error | null } {
    return { count: this.#failedStarts, cause: this.#startFailure };
  }

  isGone(worker: WorkerId): boolean {
    const state = this.roster.get(worker)?.state;
    return state === undefined || state === 'ending';
  }

  obituary(worker: WorkerId): Error | null {
    const text = this.#obituaries.get(worker);
    return text === undefined ? null : new Error(text);
  }

  /** Starts what is missing, unless starting is hopeless or paused. */
  balance(now: number): void {
    if (this.#closed || this.roster.missing <= 0) return;
    const wait = Math.max(this.#startAfter - now, this.#intensity.exhaustedFor(now));
    if (wait > 0) {
      this.#later(now + wait, { kind: 'balance' });
      return;
    }
    // After a failure one goes ahead, so that a broken environment is not started in parallel.
    const most = this.#failedStarts > 0 ? 1 : Infinity;
    for (let i = 0; i < most && this.roster.missing > 0; i++) {
      const record = this.roster.add(now);
      if (this.#opened) this.#restarts += 1;
      this.#later(now + this.#settings.startTimeout, { kind: 'start', worker: record.id });
      this.#port.start(record.id);
    }
    this.#opened = true;
  }

  /** The same, after what is under way had a moment. */
  balanceLater(now: number): void {
    this.#later(now + BREATH, { kind: 'balance' });
  }

  remind(reminder: CrewReminder, now: number): void {
    if (reminder.kind === 'balance') this.balance(now);
    else {
      const record = this.roster.get(reminder.worker);
      if (record?.state === 'starting') this.kill(record.id, 'hang');
    }
  }

  ready(worker: WorkerId, now: number): boolean {
    const record = this.roster.get(worker);
    if (record?.state !== 'starting') return false;
    this.#intensity.started();
    this.#failedStarts = 0;
    this.#startFailure = null;
    this.roster.setIdle(record, now);
    this.balance(now);
    return true;
  }

  kill(worker: WorkerId, why: KillReason): void {
    const record = this.roster.get(worker);
    if (record === undefined || record.killed !== null) return;
    record.killed = why;
    this.roster.setEnding(record);
    this.#port.kill(record.id, why);
  }

  /** Chooses a worker to recycle, and lets one go for which another is warm. */
  recycle(now: number): void {
    const chosen = this.roster.review(now, (id) => this.#isNeeded(id));
    if (chosen?.retiring != null) {
      this.#port.tell({ name: 'recycle', worker: chosen.id, reason: chosen.retiring });
      this.balance(now);
    }
    this.retire();
  }

  retire(): void {
    if (this.#closed) {
      this.close();
      return;
    }
    const record = this.roster.readyToLeave();
    if (record === undefined || this.#isNeeded(record.id)) return;
    this.#leave(record);
  }

  /** State that somebody counts on. */
  #isNeeded(worker: WorkerId): boolean {
    const seats = this.#seats.get(worker) ?? [];
    return this.#port.isHeld(worker) || [...seats].some(({ affinity }) => affinity === 'strict');
  }

  #leave(record: WorkerRecord<J>): void {
    record.killed = 'leave';
    this.roster.setEnding(record);
    this.#port.leave(record.id);
  }

  close(): void {
    this.#closed = true;
    for (const record of this.roster.all()) {
      if (record.state === 'idle') this.#leave(record);
      else if (record.state === 'starting') this.kill(record.id, 'leave');
    }
  }

  seat(seat: Seat, worker: WorkerId): void {
    if (seat.worker !== null) this.#seats.get(seat.worker)?.delete(seat);
    seat.worker = worker;
    const seats = this.#seats.get(worker);
    if (seats === undefined) this.#seats.set(worker, new Set([seat]));
    else seats.add(seat);
  }

  unseat(seat: Seat): void {
    if (seat.worker !== null) this.#seats.get(seat.worker)?.delete(seat);
    seat.worker = null;
  }

  /** Takes a dead worker off the books; its sessions lose what they had there. */
  bury(record: WorkerRecord<J>, death: Death, now: number): void {
    this.roster.remove(record);
    // A text: a thousand errors with their stacks are megabytes.
    const obituary = `worker ${workerName(record.id)} ${death.cause.text}`;
    this.#obituaries.set(record.id, obituary);
    for (const oldest of this.#obituaries.keys()) {
      if (this.#obituaries.size <= MOST_OBITUARIES) break;
      this.#obituaries.delete(oldest);
    }
    for (const seat of this.#seats.get(record.id) ?? []) {
      seat.worker = null;
      if (seat.affinity === 'strict' && seat.used) seat.lost = new Error(obituary);
    }
    this.#seats.delete(record.id);
    if (record.killed === 'leave') return;
    if (record.wasReady) this.#crashes += 1;
    else {
      this.#failedStarts += 1;
      this.#startFailure = startError(record.id, death);
      this.#startAfter = now + this.#intensity.failed(now);
    }
  }

  /** Why calls have to be refused: nothing runs, and nothing will for a while. */
  hopeless(now: number): Error | null {
    const wait = this.#intensity.exhaustedFor(now);
    if (wait === 0 || this.roster.size > 0) return null;
    return startsFailed(this.#failedStarts, wait, this.#startFailure);
  }
}
