import type { RestartSettings } from '../contract/pool-options.ts';

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5000;

/**
 * How often replacements may fail to start. Only those count that never became ready: a worker
 * that crashes under calls is the business of breakers and quarantine.
 */
export class RestartIntensity {
  readonly #settings: RestartSettings | false;
  #failures: readonly number[] = [];
  /** In a row, whenever they were. */
  #inARow = 0;

  constructor(settings: RestartSettings | false) {
    this.#settings = settings;
  }

  /** A worker ended before it was ready. Milliseconds to wait before the next one is started. */
  failed(now: number): number {
    this.#inARow += 1;
    this.#failures = [...this.#recent(now), now];
    return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#inARow - 1));
  }

  /** A worker became ready. */
  started(): void {
    this.#inARow = 0;
  }

  /** Milliseconds for which the pool starts nothing more; 0: it may. */
  exhaustedFor(now: number): number {
    if (this.#settings === false) return 0;
    const recent = this.#recent(now);
    if (recent.length < this.#settings.restarts) return 0;
    return (recent[0] ?? now) + this.#settings.withinMs - now;
  }

  #recent(now: number): readonly number[] {
    if (this.#settings === false) return [];
    const { withinMs } = this.#settings;
    return this.#failures.filter((at) => now - at < withinMs);
  }
}
