import { Breakers, type Verdict } from './breaker.ts';
import { breakerError, poisonError } from './failures.ts';
import type { Job } from './job.ts';
import type { SchedulerEvent, SchedulerSettings } from './port.ts';
import { Quarantine } from './quarantine.ts';

// The pool's own breaker is for what no function's breaker explains: an environment in which
// nothing works. It takes so many failures of different functions that theirs open first.
const POOL_FACTOR = 4;

/** Who is let in: breakers of functions and of the pool, and the quarantine. */
export class Admission {
  readonly #functions: Breakers | null;
  readonly #pool: Breakers | null;
  readonly #quarantine: Quarantine | null;
  readonly #tell: (event: SchedulerEvent) => void;

  constructor(
    { breaker, quarantine }: Pick<SchedulerSettings, 'breaker' | 'quarantine'>,
    tell: (event: SchedulerEvent) => void,
  ) {
    const wide = breaker && { ...breaker, failures: breaker.failures * POOL_FACTOR };
    this.#functions = breaker ? new Breakers(breaker) : null;
    this.#pool = wide ? new Breakers(wide) : null;
    this.#quarantine = quarantine ? new Quarantine(quarantine) : null;
    this.#tell = tell;
  }

  /** Why a call may not go in; null: it may, and `enter` says that it did. */
  refuse(job: Job, now: number): Error | null {
    const poison = this.poison(job, now, undefined);
    if (poison !== null) return poison;
    const own = this.#functions?.refusedFor(job.name, now) ?? 0;
    if (own > 0) return breakerError(job.name, own);
    const all = this.#pool?.refusedFor('the pool', now) ?? 0;
    return all > 0 ? breakerError('the pool', all) : null;
  }

  enter(job: Job, now: number): void {
    this.#functions?.enter(job.name, now);
    this.#pool?.enter('the pool', now);
  }

  /** The call ended: once, however many attempts it took. */
  leave(job: Job, verdict: Verdict, now: number): void {
    // A fingerprint looks at all arguments: it is made only while some call is under suspicion.
    if (verdict === 'worked' && this.#quarantine?.watches(now) === true) {
      this.#quarantine.worked(job.fingerprint);
    }
    const own = this.#functions?.leave(job.name, verdict, now) ?? null;
    const all = this.#pool?.leave('the pool', verdict, now) ?? null;
    if (own !== null) this.#tell({ name: 'breaker', key: job.name, state: own });
    if (all !== null) this.#tell({ name: 'breaker', key: 'the pool', state: all });
  }

  /** An attempt killed its worker. */
  killed(job: Job, now: number): void {
    if (this.#quarantine?.killed(job.fingerprint, now) === true) {
      this.#tell({ name: 'quarantine', job });
    }
  }

  poison(job: Job, now: number, cause: Error | undefined): Error | null {
    if (this.#quarantine?.watches(now) !== true) return null;
    const wait = this.#quarantine.refusedFor(job.fingerprint, now);
    return wait > 0 ? poisonError(job.name, wait, cause) : null;
  }
}
