import type { BreakerSettings } from '../contract/pool-options.ts';

/**
 * Circuit breakers: after several failures in a row a key is refused for a time, then one call is
 * let through to see. Without a clock of its own; `now` is in milliseconds.
 *
 * Not cockatiel's: its breaker wraps the function that it runs, asks `Date.now()`, and lets other
 * calls wait for the probe. Here a call has several attempts, its end is known elsewhere, and a
 * refusal must be immediate.
 */
type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly until: number }
  /** One call is out to see; it was let through at `since`. */
  | { readonly kind: 'half-open'; readonly since: number };

export type Verdict = 'failed' | 'worked' | 'unknown';

export class Breakers {
  readonly #settings: BreakerSettings;
  /** Only keys that failed lately. */
  readonly #states: Map<string, State> = new Map<string, State>();

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  /** Keys that are not closed. */
  get open(): readonly string[] {
    return [...this.#states].filter(([, { kind }]) => kind !== 'closed').map(([key]) => key);
  }

  /** How long a key is still refused; 0: a call may go. Asking changes nothing. */
  refusedFor(key: string, now: number): number {
    const state = this.#states.get(key);
    switch (state?.kind) {
      case undefined:
      case 'closed':
        return 0;
      case 'open':
        return Math.max(0, state.until - now);
      case 'half-open':
        // A probe that never came to an end must not close the door for ever.
        return Math.max(0, state.since + this.#settings.cooldown - now);
    }
  }

  /** A call with this key goes in, after `refusedFor` said 0. */
  enter(key: string, now: number): void {
    const kind = this.#states.get(key)?.kind;
    if (kind === 'open' || kind === 'half-open') {
      this.#states.set(key, { kind: 'half-open', since: now });
    }
  }

  /** The call came to an end. `unknown` (cancelled, never started) says nothing about the key. */
  leave(key: string, verdict: Verdict, now: number): 'opened' | 'closed' | null {
    const state = this.#states.get(key);
    if (verdict === 'worked') {
      this.#states.delete(key);
      return state === undefined || state.kind === 'closed' ? null : 'closed';
    }
    if (verdict === 'unknown') {
      // The probe said nothing: the next call is the probe.
      if (state?.kind === 'half-open') this.#states.set(key, { kind: 'open', until: now });
      return null;
    }
    // Late news of a call from before it opened.
    if (state?.kind === 'open') return null;
    const failures = state?.kind === 'half-open' ? Infinity : (state?.failures ?? 0) + 1;
    if (failures < this.#settings.failures) {
      this.#states.set(key, { kind: 'closed', failures });
      return null;
    }
    this.#states.set(key, { kind: 'open', until: now + this.#settings.cooldown });
    return 'opened';
  }
}
