import type { Admission } from './admission.ts';
import type { Next } from './attempt.ts';
import type { Verdict } from './breaker.ts';
import { closedError, deadlineError } from './failures.ts';
import { type End, type Entry, type Job, newEntry, type Stop } from './job.ts';
import type { Port } from './port.ts';
import { backoff } from './retry.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** A reminder about a call. */
export type CallReminder =
  | { readonly kind: 'deadline'; readonly id: number }
  | { readonly kind: 'retry'; readonly id: number }
  /** It should have ended by now; `ticket` says which attempt was meant. */
  | { readonly kind: 'overdue'; readonly id: number; readonly ticket: number };

interface Surroundings<J extends Job> {
  readonly port: Port<J>;
  readonly waiting: WaitingRoom<J>;
  readonly admission: Admission;
  /** Why a call can run nowhere any more: what it needs is lost. */
  readonly lost: (job: J) => Error | null;
  readonly grace: number;
  readonly random: () => number;
  readonly later: (at: number, reminder: CallReminder) => void;
}

/** The accepted calls, until each is settled: here and nowhere else. */
export class Ledger<J extends Job> {
  readonly #around: Surroundings<J>;
  readonly #entries: Map<number, Entry<J>> = new Map<number, Entry<J>>();
  #isClosed = false;
  #retried = 0;

  constructor(surroundings: Surroundings<J>) {
    this.#around = surroundings;
  }

  get size(): number {
    return this.#entries.size;
  }

  get retried(): number {
    return this.#retried;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  add(job: J, now: number): void {
    const { admission, later, waiting } = this.#around;
    const entry = newEntry(job);
    this.#entries.set(job.id, entry);
    admission.enter(job, now);
    if (job.timeout !== null) later(now + job.timeout, { kind: 'deadline', id: job.id });
    waiting.add(entry, now, false);
  }

  /** Does what follows an attempt. */
  follow(entry: Entry<J>, next: Next, now: number): void {
    const { job } = entry;
    const { admission, port, random, later } = this.#around;
    if (next.kind === 'end') {
      this.#settle(entry, next.end, next.verdict, now);
      return;
    }
    // Another attempt is no way around the quarantine that the last one brought about.
    const poison = next.pause ? admission.poison(job, now, next.error) : null;
    if (this.#isClosed || poison !== null) {
      this.fail(entry, poison ?? closedError(true), now, poison === null ? 'unknown' : 'failed');
      return;
    }
    this.#retried += 1;
    port.tell({ name: 'retry', job, executed: entry.begun > 0, attempt: entry.attempts.length });
    if (!next.pause) {
      this.#tryAgain(entry, now);
      return;
    }
    entry.state = 'pausing';
    later(now + backoff(entry.attempts.length, random()), { kind: 'retry', id: entry.id });
  }

  /** Ends a call that runs nowhere. */
  fail(entry: Entry<J>, error: unknown, now: number, verdict: Verdict = 'unknown'): void {
    this.#around.waiting.remove(entry);
    this.#settle(entry, { ok: false, error }, verdict, now);
  }

  /** A call by its id, if it still waits. */
  waitingEntry(id: number): Entry<J> {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error('ledger.ts: a settled call still waits');
    return entry;
  }

  failAll(error: Error, now: number): void {
    for (const entry of [...this.#entries.values()]) this.fail(entry, error, now);
  }

  cancel(id: number, reason: unknown, now: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#stop(entry, { kind: 'reason', reason }, now);
  }

  /** Ends what waits at once, and what runs as soon as it lets itself be ended. */
  close(now: number): void {
    this.#isClosed = true;
    const stop = { kind: 'reason', reason: closedError(true) } as const;
    for (const entry of [...this.#entries.values()]) this.#stop(entry, stop, now);
  }

  /** Answers the entry whose worker has to be killed, if that is what is due. */
  remind(reminder: CallReminder, now: number): Entry<J> | null {
    const entry = this.#entries.get(reminder.id);
    if (entry === undefined) return null;
    switch (reminder.kind) {
      case 'deadline':
        this.#stop(entry, { kind: 'deadline' }, now);
        return null;
      case 'retry':
        if (entry.state === 'pausing') this.#tryAgain(entry, now);
        return null;
      case 'overdue':
        return entry.state === 'ending' && entry.ticket === reminder.ticket ? entry : null;
    }
  }

  #tryAgain(entry: Entry<J>, now: number): void {
    const lost = this.#around.lost(entry.job);
    if (lost === null) this.#around.waiting.add(entry, now, true);
    else this.fail(entry, lost, now);
  }

  #stop(entry: Entry<J>, stop: Stop, now: number): void {
    const { job, id, ticket } = entry;
    const { port, later, grace } = this.#around;
    switch (entry.state) {
      case 'queued':
      case 'pausing': {
        const began = entry.begun > 0;
        const late = stop.kind === 'deadline';
        const error = late ? deadlineError(job.name, job.timeout ?? 0, began) : stop.reason;
        this.fail(entry, error, now, late && began ? 'failed' : 'unknown');
        return;
      }
      case 'running':
        entry.state = 'ending';
        entry.stop = stop;
        port.interrupt(entry.worker, ticket);
        later(now + grace, { kind: 'overdue', id, ticket });
        return;
      case 'ending':
        // The first reason stands.
        return;
    }
  }

  #settle(entry: Entry<J>, end: End, verdict: Verdict, now: number): void {
    if (!this.#entries.delete(entry.id)) throw new Error('ledger.ts: a call settled twice');
    this.#around.admission.leave(entry.job, verdict, now);
    this.#around.port.settle(entry.job, end);
  }
}
