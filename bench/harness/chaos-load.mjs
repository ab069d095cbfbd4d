// A grid search whose native code crashes, and an account of what came back.
/**
 * What happens in ten calls: ten crashes, or none in the crash-free twin.
 *
 * - `once`: the first attempt crashes. The call is idempotent, so it must be right in the end.
 * - `always`: both attempts crash. It must fail as a SIGSEGV that names the line.
 * - `single`: not idempotent, so that it must fail after one attempt.
 * - `never`: must be right.
 *
 * No five failed calls come in a row, so the default breaker stays closed, as it should: the
 * function works for most arguments. All arguments differ, so nothing is quarantined.
 */
const CYCLE = /** @type {const} */ ([
  'once',
  'once',
  'always',
  'once',
  'never',
  'once',
  'single',
  'once',
  'once',
  'once',
]);
const ATTEMPTS = { once: 1, always: 2, single: 1, never: 0 };

export class Load {
  /** @type {any} */
  #faces;
  #last = 0;
  /** @type {Set<Promise<void>>} */
  #open = new Set();
  counts = { calls: 0, right: 0, failedAsExpected: 0 };
  /** @type {string[]} */
  wrong = [];

  /** @param {any} pool */
  constructor(pool) {
    this.#faces = { once: pool.options({ idempotent: true }), plain: pool };
  }

  /**
   * One call of the grid.
   * @param {boolean} crashing
   */
  async call(crashing) {
    const n = (this.#last += 1);
    const kind = CYCLE[n % CYCLE.length] ?? 'never';
    const crashes = crashing ? ATTEMPTS[kind] : 0;
    this.counts.calls += 1;
    const face = kind === 'single' ? this.#faces.plain : this.#faces.once;
    try {
      const value = await face`
        import ctypes
        from _snakepit.call import current
        if current().attempt < ${crashes}:
            ctypes.string_at(0)
        return ${n} * 1.5
      `;
      if (value !== n * 1.5 || crashes > 1) this.wrong.push(`${kind} ${n} gave ${value}`);
      else this.counts.right += 1;
    } catch (error) {
      this.#judge(kind, crashes, error);
    }
  }

  /**
   * @param {keyof typeof ATTEMPTS} kind
   * @param {number} crashes
   * @param {any} error
   */
  #judge(kind, crashes, error) {
    const expected = crashes > 0 && kind !== 'once';
    const { signal, attempts = [], executed, pythonStack = [] } = error;
    const line = pythonStack.some((/** @type {any} */ frame) => frame.function === 'string_at');
    if (
      expected &&
      signal === 'SIGSEGV' &&
      attempts.length === crashes &&
      executed === 'yes' &&
      line
    ) {
      this.counts.failedAsExpected += 1;
    } else this.wrong.push(`${kind}: ${error}`);
  }

  /**
   * Calls at a fixed rate, whatever they take.
   * @param {{ perSecond: number, count: number, crashing: boolean }} wish
   */
  async paced({ perSecond, count, crashing }) {
    const begin = performance.now();
    for (let i = 0; i < count; i += 1) {
      const due = begin + (i * 1000) / perSecond;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      const call = this.call(crashing).finally(() => this.#open.delete(call));
      this.#open.add(call);
    }
    await Promise.all(this.#open);
  }

  /**
   * As fast as it goes, from as many callers as there are workers.
   * @param {{ callers: number, until: () => boolean }} wish
   */
  async unpaced({ callers, until }) {
    const lane = async () => {
      while (!until()) await this.call(true);
    };
    await Promise.all(Array.from({ length: callers }, lane));
  }
}

/** Counts the deaths of workers, as the pool tells them. */
export class Deaths {
  segfaults = 0;
  others = /** @type {string[]} */ ([]);
  #listening;

  /** @param {import('snakepit').Events} events */
  constructor(events) {
    this.#listening = events.on('worker.exit', ({ worker, reason, signal }) => {
      if (signal === 'SIGSEGV') this.segfaults += 1;
      else this.others.push(`${worker} ended: ${reason}`);
    });
  }

  stop() {
    this.#listening[Symbol.dispose]();
  }
}
