import { setMaxListeners } from 'node:events';

import type { Outcome, Returned } from '../contract/batch.ts';
import type { CallSettings } from '../contract/options.ts';
import type { JobNumber } from '../native/async-binding.ts';
import type { CopyPolicy, CopyReason } from '../contract/copies.ts';
import { AbandonedError, DeadlineError } from '../errors/worker-errors.ts';
import { loadBinding } from '../native/load.ts';
import { countCopy } from '../tensor/copies.ts';
import type { NativeTensor } from '../tensor/native-tensor.ts';
import { type ArrayRecord, fromRecord } from '../tensor/record.ts';
import { copyRequired, forbids } from '../tensor/transfer.ts';

/** So long Python code may take to end once it was told to; then its thread is given up. */
export const GRACE_MS = 200;

type Settle = (outcomes: readonly Outcome[]) => void;

/** One batch on the threads of Python, from its submission to its one settlement. */
export class ThreadCall {
  readonly returns: readonly Returned[];
  readonly #copy: CopyPolicy | undefined;
  readonly #resolve: Settle;
  readonly #reject: (error: unknown) => void;
  #job: JobNumber = 0;
  /** Why it was told to end: whatever it answers now, this is how it ends. */
  #ending: { readonly reason: unknown } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #signal: AbortSignal | null = null;
  #onAbort: (() => void) | null = null;
  #onAbandoned: ((job: JobNumber) => void) | null = null;

  constructor(
    returns: readonly Returned[],
    copy: CopyPolicy | null,
    resolve: Settle,
    reject: (error: unknown) => void,
  ) {
    this.returns = returns;
    this.#copy = copy ?? undefined;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** What `view` gives: the memory of an array, shared where that is possible. */
  array(taken: unknown, dtype: string, reason: string | null): NativeTensor {
    if (taken instanceof Error) throw taken;
    const record = taken as ArrayRecord;
    const why = record[1] === 1 ? 'engine' : (reason as CopyReason | null);
    if (why !== null && forbids({ copy: this.#copy })) throw copyRequired(why);
    const made = fromRecord(record, dtype, true);
    if (why !== null) countCopy(why, made.data.byteLength);
    return made;
  }

  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** From now on the signal and the time limit end it. */
  watch(job: JobNumber, settings: CallSettings, onAbandoned: (job: JobNumber) => void): void {
    this.#job = job;
    this.#onAbandoned = onAbandoned;
    const { signal, timeout } = settings;
    if (signal !== null) {
      this.#signal = signal;
      this.#onAbort = () => {
        this.#end(signal.reason);
      };
      // One signal for many calls is usual, and no leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    if (timeout !== null) {
      this.#timer = setTimeout(() => {
        this.#end(new DeadlineError(`the call did not end within its ${String(timeout)} ms`));
      }, timeout);
    }
  }

  #end(reason: unknown): void {
    if (this.#ending !== null) return;
    this.#ending = { reason };
    this.#unwatch();
    if (!loadBinding().stopAsync(this.#job)) return;
    this.#timer = setTimeout(() => {
      this.#abandon(reason);
    }, GRACE_MS);
  }

  #abandon(reason: unknown): void {
    // It ended meanwhile, and its answer is on its way.
    if (!loadBinding().abandonAsync(this.#job)) return;
    this.#onAbandoned?.(this.#job);
    this.#reject(
      new AbandonedError(
        `the call was told to end and did not within ${String(GRACE_MS)} ms: it is stuck in code ` +
          'that Python cannot interrupt. Its thread was given up and another takes its place; ' +
          'run such calls in a worker (isolated()), where they can be ended',
        { cause: reason },
      ),
    );
  }

  #unwatch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#onAbort !== null) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#timer = null;
    this.#onAbort = null;
  }

  resolve(outcomes: readonly Outcome[]): void {
    this.#unwatch();
    this.#resolve(outcomes);
  }

  /** Its answer is there, or there is none: with the reason that it was told, or with this. */
  reject(error: unknown): void {
    this.#unwatch();
    this.#reject(this.#ending === null ? error : this.#ending.reason);
  }
}
