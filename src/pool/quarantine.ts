import type { QuarantineSettings } from '../contract/pool-options.ts';

// Each entry is a call that killed a worker within `forMs`; a flood of different ones is bounded.
const MOST_ENTRIES = 10_000;

/**
 * Calls (a function and a digest of its arguments) that kill workers. After `kills` of them the
 * call is refused for `forMs`, so that one poisonous call does not eat the pool.
 */
export class Quarantine {
  readonly #settings: QuarantineSettings;
  readonly #kills: Map<string, number[]> = new Map<string, number[]>();

  constructor(settings: QuarantineSettings) {
    this.#settings = settings;
  }

  /** Calls that are remembered. */
  get size(): number {
    return this.#kills.size;
  }

  /** Whether it remembers any call: while it does not, nobody has to make a fingerprint. */
  watches(now: number): boolean {
    // The first entry is the one that was not touched for longest.
    for (const [fingerprint, kills] of this.#kills) {
      if (now - (kills.at(-1) ?? 0) < this.#settings.forMs) return true;
      this.#kills.delete(fingerprint);
    }
    return false;
  }

  /** Milliseconds until the call is let in again; 0: it may go. */
  refusedFor(fingerprint: string, now: number): number {
    const recent = this.#recent(fingerprint, now);
    if (recent.length < this.#settings.kills) return 0;
    // Free again once fewer than `kills` of them are recent.
    const decisive = recent[recent.length - this.#settings.kills] ?? now;
    return decisive + this.#settings.forMs - now;
  }

  /** The call killed a worker. True if that was one too many. */
  killed(fingerprint: string, now: number): boolean {
    const recent = [...this.#recent(fingerprint, now), now].slice(-this.#settings.kills);
    // Deleted first: the oldest entry is the one that was not touched for longest.
    this.#kills.delete(fingerprint);
    this.#kills.set(fingerprint, recent);
    for (const [oldest, kills] of this.#kills) {
      const isOver = now - (kills.at(-1) ?? 0) >= this.#settings.forMs;
      if (!isOver && this.#kills.size <= MOST_ENTRIES) break;
      this.#kills.delete(oldest);
    }
    return recent.length >= this.#settings.kills;
  }

  /** The call worked, on another worker or at another time: it is no poison. */
  worked(fingerprint: string): void {
    this.#kills.delete(fingerprint);
  }

  #recent(fingerprint: string, now: number): readonly number[] {
    const kills = this.#kills.get(fingerprint);
    return kills?.filter((at) => now - at < this.#settings.forMs) ?? [];
  }
}
