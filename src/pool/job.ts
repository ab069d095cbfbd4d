import type { Attempt } from '../contract/crash.ts';
import type { Frame } from '../contract/exception-record.ts';
import type { RetrySettings } from '../contract/options.ts';
import type { Cause } from './exit-status.ts';

/** A worker by its number in this pool; the number of a dead one is never used again. */
export type WorkerId = number;

/** Where a session lives. The scheduler writes it. */
export interface Seat {
  readonly name: string;
  readonly affinity: 'strict' | 'hint';
  worker: WorkerId | null;
  /** A call of it began there: it may have state. */
  used: boolean;
  /** What its state went with; null: it has all its state. */
  lost: Error | null;
}

/** An accepted call, as far as scheduling cares. */
export interface Job {
  readonly id: number;
  readonly tenant: string;
  /** The worker that has the objects it uses. */
  readonly home: WorkerId | null;
  readonly seat: Seat | null;
  /** The function's name: for breakers and for messages. */
  readonly name: string;
  /** The function and a digest of the arguments. */
  readonly fingerprint: string;
  readonly idempotent: boolean;
  readonly retry: RetrySettings;
  /** Milliseconds, queueing included. */
  readonly timeout: number | null;
}

/** What a worker answered. */
export interface Answer {
  readonly value: unknown;
  /** An exception among it, with its classes; null where there was none. */
  readonly failure: { readonly mro: readonly string[]; readonly error: Error } | null;
}

/** How a call ended, once. */
export type End =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** What is known of a dead worker. */
export interface Death {
  readonly cause: Cause;
  /** The last ticket that it started; null where nothing proves it. */
  readonly started: number | null;
  readonly stack: readonly Frame[];
  readonly output: string;
  /** What it said when it could not become ready. */
  readonly error: Error | null;
}

export type JobState =
  | 'queued'
  /** It waits before another attempt. */
  | 'pausing'
  | 'running'
  /** It runs, and was told to end. */
  | 'ending';

/** Why a call is to end: its time is over, or its caller says so. */
export type Stop =
  | { readonly kind: 'deadline' }
  | { readonly kind: 'reason'; readonly reason: unknown };

/** What the scheduler keeps of a call until it has ended. */
export interface Entry<J extends Job> {
  readonly id: number;
  readonly tenant: string;
  readonly job: J;
  readonly attempts: Attempt[];
  state: JobState;
  /** Of the newest dispatch. */
  worker: WorkerId;
  /** The number of its newest dispatch; rises within every worker. */
  ticket: number;
  sentAt: number;
  /** Attempts in which user code began, or may have. */
  begun: number;
  /** Attempts that ended before user code began. */
  moved: number;
  /** Why it was told to end. */
  stop:
    | { readonly kind: 'deadline' }
    | { readonly kind: 'reason'; readonly reason: unknown }
    | null;
}

export function newEntry<J extends Job>(job: J): Entry<J> {
  return {
    id: job.id,
    tenant: job.tenant,
    job,
    attempts: [],
    state: 'queued',
    worker: 0,
    ticket: 0,
    sentAt: 0,
    begun: 0,
    moved: 0,
    stop: null,
  };
}
