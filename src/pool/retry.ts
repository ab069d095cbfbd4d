import type { Executed } from '../contract/crash.ts';
import type { RetrySettings } from '../contract/options.ts';

/** What is known when an attempt at a call has failed. */
export interface FailedAttempt {
  readonly idempotent: boolean;
  /** Attempts whose user code began, or may have, this one included. */
  readonly attempts: number;
  readonly executed: Executed;
  /** The exception's classes by qualified name; null: the worker died. */
  readonly mro: readonly string[] | null;
}

/** `again`: it had not begun, and moves at once. `later`: after a pause. */
export type Decision = 'again' | 'later' | 'no';

function listed(on: readonly string[], mro: readonly string[]): boolean {
  return mro.some((name) => on.includes(name) || on.includes(name.replace(/^builtins\./, '')));
}

/**
 * Work that had not begun always moves. Work that may have begun runs again only if the call is
 * idempotent, and for a Python exception only if it is listed; cancelled work is not asked about.
 */
export function decideRetry(attempt: FailedAttempt, settings: RetrySettings): Decision {
  if (attempt.mro === null && attempt.executed === 'no') return 'again';
  if (!attempt.idempotent || attempt.attempts >= settings.attempts) return 'no';
  if (attempt.mro !== null && !listed(settings.on, attempt.mro)) return 'no';
  return 'later';
}

const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 2000;

/**
 * Milliseconds before attempt number `attempts` + 1: doubling, and spread over the upper half, so
 * that calls which failed together do not come back together. `random` is in [0, 1).
 */
export function backoff(attempts: number, random: number): number {
  const whole = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, attempts - 1));
  return whole * (0.5 + random / 2);
}
