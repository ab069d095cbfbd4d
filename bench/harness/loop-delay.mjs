// How long an event waits for the loop. A timer of one millisecond says how late it came; a loop that
// stood still for 50 ms was late for everything that came in those 50 ms, so such a sample counts as
// the 50 that the timer missed. `monitorEventLoopDelay` counts it once, and its 1 ms is included.
const PERIOD = 1;
const BUCKETS_PER_MS = 100;
const MOST_MS = 2000;

export class LoopDelay {
  #buckets = new Uint32Array(MOST_MS * BUCKETS_PER_MS + 1);
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #due = 0;

  start() {
    this.#due = performance.now() + PERIOD;
    this.#timer = setTimeout(() => this.#sample(), PERIOD);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #sample() {
    const now = performance.now();
    for (let late = now - this.#due; ; late -= PERIOD) {
      const bucket = Math.min(MOST_MS, Math.max(0, late)) * BUCKETS_PER_MS;
      this.#buckets[Math.round(bucket)] += 1;
      if (late <= PERIOD) break;
    }
    this.start();
  }

  /** @param {number} part of 1 */
  quantile(part) {
    const total = this.#buckets.reduce((sum, count) => sum + count, 0);
    let left = total * part;
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0 && total > 0) return bucket / BUCKETS_PER_MS;
    }
    return Number.NaN;
  }

  get max() {
    return this.#buckets.findLastIndex((count) => count > 0) / BUCKETS_PER_MS;
  }
}
