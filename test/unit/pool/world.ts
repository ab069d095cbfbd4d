import type { KillReason } from '../../../src/pool/exit-status.ts';
import type { Death, End, Job, Seat, WorkerId } from '../../../src/pool/job.ts';
import type { Port, SchedulerEvent, SchedulerSettings } from '../../../src/pool/port.ts';
import { Scheduler } from '../../../src/pool/scheduler.ts';

/** Mulberry32: the same seed, the same schedule. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const settings = (changes: Partial<SchedulerSettings> = {}): SchedulerSettings => ({
  workers: 2,
  spares: 1,
  queue: 5,
  queueTimeout: 5000,
  grace: 200,
  breaker: { failures: 5, cooldown: 30_000 },
  restartIntensity: { restarts: 10, withinMs: 60_000 },
  recycle: { ageMs: null, calls: null, idleMs: null, rssMB: null },
  quarantine: { kills: 3, forMs: 60_000 },
  distrust: false,
  startTimeout: 60_000,
  ...changes,
});

let lastJob = 0;

export const job = (changes: Partial<Job> = {}): Job => ({
  id: ++lastJob,
  tenant: changes.seat?.name ?? '',
  home: null,
  seat: null,
  name: 'f',
  fingerprint: `f:${String(lastJob)}`,
  idempotent: false,
  retry: { attempts: 2, on: [] },
  timeout: null,
  ...changes,
});

export const seat = (name: string, affinity: Seat['affinity'] = 'strict'): Seat => ({
  name,
  affinity,
  worker: null,
  used: false,
  lost: null,
});

export interface ModelWorker {
  readonly id: WorkerId;
  state: 'starting' | 'idle' | 'busy' | 'killed' | 'leaving';
  job: Job | null;
  ticket: number;
  started: number;
  interrupted: boolean;
}

/** What processes and callers would do, and what the scheduler did to them. */
export class World implements Port<Job> {
  readonly workers: Map<WorkerId, ModelWorker> = new Map<WorkerId, ModelWorker>();
  readonly ends: Map<number, End> = new Map<number, End>();
  readonly accepted: Set<number> = new Set<number>();
  /** How often user code of a call began. */
  readonly begun: Map<number, number> = new Map<number, number>();
  readonly ranOn: Map<number, WorkerId[]> = new Map<number, WorkerId[]>();
  readonly events: SchedulerEvent[] = [];
  readonly held: Set<WorkerId> = new Set<WorkerId>();
  readonly scheduler: Scheduler<Job>;
  readonly limit: number;
  now = 0;
  #lastTicket = 0;

  constructor(changes: Partial<SchedulerSettings> = {}, chance: () => number = () => 0.5) {
    const full = settings(changes);
    this.limit = full.workers;
    this.scheduler = new Scheduler<Job>(full, this, chance);
  }

  // The port.
  start(id: WorkerId): void {
    if (this.workers.has(id)) throw new Error(`worker ${String(id)} twice`);
    const record = { id, state: 'starting', job: null, ticket: 0, started: 0, interrupted: false };
    this.workers.set(id, record as ModelWorker);
  }

  send(id: WorkerId, ticket: number, sent: Job): void {
    const worker = this.#get(id);
    if (worker.state !== 'idle') throw new Error(`a call for a worker that is ${worker.state}`);
    if (ticket <= this.#lastTicket) throw new Error('tickets must rise');
    if (sent.home !== null && sent.home !== id) throw new Error('a call away from its objects');
    if (this.ends.has(sent.id)) throw new Error('a settled call was sent');
    this.#lastTicket = ticket;
    Object.assign(worker, { state: 'busy', job: sent, ticket, interrupted: false });
    this.ranOn.set(sent.id, [...(this.ranOn.get(sent.id) ?? []), id]);
    if (this.busy().length > this.limit) throw new Error('more at a time than there are workers');
  }

  interrupt(id: WorkerId, ticket: number): void {
    const worker = this.#get(id);
    if (worker.ticket !== ticket) throw new Error('an interrupt for another call');
    worker.interrupted = true;
  }

  kill(id: WorkerId, _why: KillReason): void {
    this.#get(id).state = 'killed';
  }

  leave(id: WorkerId): void {
    const worker = this.#get(id);
    if (worker.state !== 'idle') throw new Error('only an idle worker is asked to leave');
    worker.state = 'leaving';
  }

  settle(ended: Job, end: End): void {
    if (!this.accepted.has(ended.id)) throw new Error('a call was settled that was not accepted');
    if (this.ends.has(ended.id)) throw new Error('a call was settled twice');
    this.ends.set(ended.id, end);
  }

  isHeld(id: WorkerId): boolean {
    return this.held.has(id);
  }

  tell(event: SchedulerEvent): void {
    this.events.push(event);
  }

  // What happens.
  #get(id: WorkerId): ModelWorker {
    const worker = this.workers.get(id);
    if (worker === undefined) throw new Error(`no worker ${String(id)}`);
    return worker;
  }

  busy(): ModelWorker[] {
    return [...this.workers.values()].filter((one) => one.job !== null && one.state !== 'idle');
  }

  submit(one: Job): Error | null {
    // Before: a call may be settled by the time submit returns.
    this.accepted.add(one.id);
    const refused = this.scheduler.submit(one, this.now);
    if (refused !== null) this.accepted.delete(one.id);
    return refused;
  }

  ready(worker: ModelWorker): void {
    worker.state = 'idle';
    this.scheduler.ready(worker.id, this.now);
  }

  /** User code begins. */
  begin(worker: ModelWorker): void {
    if (worker.job === null || worker.started === worker.ticket) return;
    worker.started = worker.ticket;
    this.begun.set(worker.job.id, (this.begun.get(worker.job.id) ?? 0) + 1);
  }

  answer(worker: ModelWorker, mro: readonly string[] | null = null): boolean {
    this.begin(worker);
    const { id, ticket } = worker;
    const value = worker.job?.id;
    worker.job = null;
    if (worker.state === 'busy') worker.state = 'idle';
    const failure = mro === null ? null : { mro, error: new Error(mro[0]) };
    return this.scheduler.answered(id, ticket, { value, failure }, this.now);
  }

  die(worker: ModelWorker, changes: Partial<Death> = {}): void {
    this.workers.delete(worker.id);
    const signal = worker.state === 'leaving' ? null : 'SIGSEGV';
    const cause = { reason: 'signal', signal, exitCode: null, text: 'was killed' } as const;
    const death: Death = {
      cause,
      started: worker.started,
      stack: [],
      output: '',
      error: null,
      ...changes,
    };
    this.scheduler.died(worker.id, death, this.now);
  }

  advance(ms: number): void {
    this.now += ms;
    this.scheduler.tick(this.now);
  }

  /** Everybody is ready, at once. */
  boot(): void {
    this.scheduler.open(this.now);
    for (const worker of [...this.workers.values()]) this.ready(worker);
  }
}
