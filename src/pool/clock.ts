// The longest that a timer of Node waits.
const FOR_EVER = 2 ** 31 - 1;

/** The time, one alarm, and a hold on the event loop for as long as something is under way. */
export class Clock {
  readonly #ring: () => void;
  #alarm: NodeJS.Timeout | null = null;
  #alarmAt = Infinity;
  #hold: NodeJS.Timeout | null = null;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Milliseconds since 1970 that never jump: the machine's clock may be set meanwhile. */
  get now(): number {
    return performance.timeOrigin + performance.now();
  }

  /** Rings at this time or, if it was to ring before, then too. */
  wake(at: number): void {
    if (at >= this.#alarmAt) return;
    // Node keeps the list of a cleared timer that holds nothing until its time has come; there is one
    // list for each duration.
    clearTimeout(this.#alarm?.ref());
    this.#alarmAt = at;
    const wait = Math.min(FOR_EVER, Math.max(0, Math.ceil(at - this.now)));
    this.#alarm = setTimeout(() => {
      this.#alarmAt = Infinity;
      this.#ring();
    }, wait).unref();
  }

  /** Whether the event loop has to go on. */
  hold(hold: boolean): void {
    if (hold === (this.#hold !== null)) return;
    if (hold) this.#hold = setInterval(() => undefined, FOR_EVER);
    else {
      clearInterval(this.#hold ?? undefined);
      this.#hold = null;
    }
  }
}
