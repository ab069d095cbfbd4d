import { Admission } from './admission.ts';
import { Agenda } from './agenda.ts';
import { afterAnswer, afterDeath } from './attempt.ts';
import { Crew, type CrewReminder } from './crew.ts';
import { closedError, handleLost, queueFull, queueTimeout, sessionLost } from './failures.ts';
import type { Answer, Death, Entry, Job, WorkerId } from './job.ts';
import { type CallReminder, Ledger } from './ledger.ts';
import type { Counts, Port, SchedulerSettings } from './port.ts';
import { WaitingRoom } from './waiting-room.ts';

/**
 * Which call runs where and when, and how it ends. A state machine without I/O and without a
 * clock: events come in by its methods, wishes go out by its port, time and chance are given. So
 * every schedule can be played through in a test.
 */
export class Scheduler<J extends Job> {
  readonly #settings: SchedulerSettings;
  readonly #port: Port<J>;
  readonly #waiting: WaitingRoom<J>;
  readonly #crew: Crew<J>;
  readonly #ledger: Ledger<J>;
  readonly #admission: Admission;
  readonly #agenda: Agenda<CallReminder | CrewReminder> = new Agenda<CallReminder | CrewReminder>();
  #ticket = 0;

  constructor(settings: SchedulerSettings, port: Port<J>, random: () => number) {
    this.#settings = settings;
    this.#port = port;
    const later = (at: number, reminder: CallReminder | CrewReminder): void => {
      this.#agenda.add(at, reminder);
    };
    const waiting = new WaitingRoom<J>(settings.queue, settings.queueTimeout);
    const admission = new Admission(settings, (event) => {
      port.tell(event);
    });
    const { grace } = settings;
    const lost = (job: J): Error | null => this.#lost(job);
    this.#waiting = waiting;
    this.#admission = admission;
    this.#crew = new Crew(settings, port, later, random);
    this.#ledger = new Ledger({ port, waiting, admission, lost, grace, random, later });
  }

  /** When to call {@link tick} at the latest. */
  get nextTick(): number {
    return Math.min(this.#agenda.next, this.#waiting.next);
  }

  get counts(): Counts {
    const { roster, restarts, crashes } = this.#crew;
    const { running } = roster;
    const workers = Math.min(roster.staying, this.#settings.workers);
    const queued = this.#ledger.size - running;
    return { workers, queued, running, restarts, crashes, retried: this.#ledger.retried };
  }

  /** Calls under way. */
  get pending(): number {
    return this.#ledger.size;
  }

  get workersLeft(): number {
    return this.#crew.roster.size;
  }

  /** Workers in a row that did not start, and what the last one died of. */
  get failedStarts(): Crew<J>['failedStarts'] {
    return this.#crew.failedStarts;
  }

  /** Starts the first workers. */
  open(now: number): void {
    this.#crew.balance(now);
  }

  /** Accepts a call, or says why not. An accepted call is settled by the port, exactly once. */
  submit(job: J, now: number): Error | null {
    const refused = this.#refuse(job, now);
    if (refused !== null) return refused;
    this.#ledger.add(job, now);
    this.#pump(now);
    return null;
  }

  #refuse(job: J, now: number): Error | null {
    if (this.#ledger.isClosed) return closedError(false);
    const refused = this.#lost(job) ?? this.#admission.refuse(job, now) ?? this.#crew.hopeless(now);
    if (refused !== null) return refused;
    if (!this.#waiting.isFull || this.#canBegin(job)) return null;
    this.#port.tell({ name: 'queue.full', job });
    return queueFull(this.#settings.queue);
  }

  /** What a call needs and no worker has any more. */
  #lost(job: J): Error | null {
    const { home, name, seat } = job;
    if (home !== null && this.#crew.isGone(home)) {
      return handleLost(name, home, this.#crew.obituary(home));
    }
    return seat?.lost == null ? null : sessionLost(seat.name, seat.lost);
  }

  /** Without waiting, so that it takes no place in the queue. */
  #canBegin(job: J): boolean {
    const bound = this.#waiting.boundTo(job);
    const { roster } = this.#crew;
    return this.#waiting.size === 0 && roster.hasRoom && (bound === null || roster.isIdle(bound));
  }

  /** Sends what can be sent. */
  #pump(now: number): void {
    const { roster } = this.#crew;
    while (this.#waiting.size > 0 && roster.hasRoom) {
      const sent = roster.idle().some((worker) => {
        const entry = this.#waiting.take(worker);
        if (entry !== undefined) this.#send(entry, this.#choose(entry.job, worker), now);
        return entry !== undefined;
      });
      if (!sent) return;
    }
  }

  /** A session that may go anywhere goes where it was. */
  #choose(job: J, worker: WorkerId): WorkerId {
    const wish = job.home === null ? job.seat?.worker : null;
    return wish != null && this.#crew.roster.isIdle(wish) ? wish : worker;
  }

  #send(entry: Entry<J>, worker: WorkerId, now: number): void {
    const { seat, home } = entry.job;
    this.#ticket += 1;
    entry.state = 'running';
    entry.worker = worker;
    entry.ticket = this.#ticket;
    entry.sentAt = now;
    this.#crew.roster.setBusy(worker, entry);
    if (seat !== null && home === null && seat.worker !== worker) {
      this.#crew.seat(seat, worker);
      if (seat.affinity === 'strict') this.#waiting.bind(entry.tenant, worker);
    }
    this.#port.send(worker, entry.ticket, entry.job, entry.attempts.length);
  }

  /** A worker can take calls. */
  ready(worker: WorkerId, now: number): void {
    if (!this.#crew.ready(worker, now)) return;
    this.#pump(now);
    this.#crew.retire();
  }

  /** A worker answered. False: it was not asked that. */
  answered(worker: WorkerId, ticket: number, answer: Answer, now: number): boolean {
    const record = this.#crew.roster.get(worker);
    const entry = record?.entry ?? null;
    if (record === undefined || entry?.ticket !== ticket) return false;
    if (entry.job.seat !== null) entry.job.seat.used = true;
    this.#crew.roster.setIdle(record, now);
    this.#ledger.follow(entry, afterAnswer(entry, worker, answer, now), now);
    this.#crew.retire();
    this.#pump(now);
    return true;
  }

  /** A worker is gone, and everything is known about it that will be. */
  died(worker: WorkerId, death: Death, now: number): void {
    const record = this.#crew.roster.get(worker);
    if (record === undefined) return;
    const { entry } = record;
    const { distrust } = this.#settings;
    const begun = entry !== null && (death.started === null || entry.ticket <= death.started);
    if (begun && entry.job.seat !== null) entry.job.seat.used = true;
    this.#crew.bury(record, death, now);
    if (entry !== null) {
      const { job } = entry;
      const stuck = job.home !== null || job.seat?.lost != null;
      if (begun && entry.stop === null) this.#admission.killed(job, now);
      const next = afterDeath(entry, worker, death, { distrust, stuck }, now);
      this.#ledger.follow(entry, next, now);
    }
    this.#strand(worker, now);
    this.#pump(now);
    // To start a process holds up this one for longer than a call that was just sent takes: its
    // answer first, where nobody waits for the process.
    if (this.#waiting.size > 0) this.#crew.balance(now);
    else this.#crew.balanceLater(now);
    const hopeless = this.#crew.hopeless(now);
    if (hopeless !== null) this.#ledger.failAll(hopeless, now);
  }

  /** What waited for a dead worker alone. */
  #strand(worker: WorkerId, now: number): void {
    for (const entry of this.#waiting.orphan(worker)) {
      const lost = this.#lost(entry.job);
      if (lost === null) this.#waiting.add(entry, now, true);
      else this.#ledger.fail(entry, lost, now);
    }
  }

  /** The caller does not want it any more. */
  cancel(id: number, reason: unknown, now: number): void {
    this.#ledger.cancel(id, reason, now);
  }

  /** Does what is due. */
  tick(now: number): void {
    for (let next = this.#agenda.due(now); next !== undefined; next = this.#agenda.due(now)) {
      if (next.kind === 'start' || next.kind === 'balance') this.#crew.remind(next, now);
      else {
        const overdue = this.#ledger.remind(next, now);
        const why = this.#ledger.isClosed ? 'leave' : 'hang';
        if (overdue !== null) this.#crew.kill(overdue.worker, why);
      }
    }
    for (let id = this.#waiting.overdue(now); id !== null; id = this.#waiting.overdue(now)) {
      const entry = this.#ledger.waitingEntry(id);
      const error = queueTimeout(entry.job.name, this.#settings.queueTimeout);
      this.#ledger.fail(entry, error, now);
    }
    this.#pump(now);
  }

  /** A look at a worker said how much memory of its own it has. */
  sampled(worker: WorkerId, rssMB: number): void {
    const record = this.#crew.roster.get(worker);
    if (record !== undefined) record.rssMB = rssMB;
  }

  /** A look at a worker said that it has to go. */
  kill(worker: WorkerId, why: 'heartbeat' | 'oom' | 'protocol' | 'device'): void {
    this.#crew.kill(worker, why);
  }

  /** Looks which worker is due for replacement. */
  recycle(now: number): void {
    this.#crew.recycle(now);
  }

  /** A session is over. */
  unseat(seat: NonNullable<J['seat']>): void {
    this.#crew.unseat(seat);
  }

  close(now: number): void {
    if (this.#ledger.isClosed) return;
    this.#ledger.close(now);
    this.#crew.close();
  }
}
