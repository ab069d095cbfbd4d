import type { Batch, Outcome } from '../contract/batch.ts';
import type { CallSettings } from '../contract/options.ts';
import { SnakepitError } from '../errors/errors.ts';
import type { JobNumber } from '../native/async-binding.ts';
import { loadBinding } from '../native/load.ts';
import { decodeValues, encodeBatch, outcomesOf } from '../wire/connection.ts';
import { NO_OPTIONS_AT_ALL } from './no-options.ts';
import { ThreadCall } from './thread-call.ts';

export interface ThreadOptions {
  /** Files of helper packs, by name. */
  readonly helpers: Readonly<Record<string, string>>;
}

/** Answers that are larger come in memory of their own. */
const INPUT_BYTES = 64 * 1024;

/** As many bytes as marshal counts: arguments here are copied once, and never sent. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Runs batches on Python threads of this process. The event loop never waits for the GIL: arguments
 * are encoded without it, and answers come as encoded values.
 */
export class ThreadRunner {
  readonly #calls: Map<JobNumber, ThreadCall> = new Map<JobNumber, ThreadCall>();
  readonly #input: Buffer = Buffer.allocUnsafeSlow(INPUT_BYTES);
  #released: number[] = [];

  /** One a JS thread: the addon knows whom it tells. */
  constructor(options: ThreadOptions) {
    loadBinding().installAsync(
      this.#input,
      (job, start, end, large, taken) => {
        this.#answered(job, large ?? this.#input, start, end, taken);
      },
      JSON.stringify(options),
    );
  }

  run(batch: Batch, settings: CallSettings): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      const { signal, timeout } = settings;
      signal?.throwIfAborted();
      // Now: what the caller changes afterwards is not what was called.
      const given: unknown[] = [];
      const { bytes } = encodeBatch(batch, MOST_BYTES, null, given);
      const call = new ThreadCall(batch.returns, settings.copy, resolve, reject);
      const job = loadBinding().submitAsync(bytes, given.length > 0 ? given : undefined);
      this.#calls.set(job, call);
      if (signal === null && timeout === null) return;
      call.watch(job, settings, (abandoned) => this.#calls.delete(abandoned));
    });
  }

  #answered(
    job: JobNumber,
    bytes: Buffer,
    start: number,
    end: number,
    taken?: readonly unknown[],
  ): void {
    const call = this.#calls.get(job);
    // Arrays that nobody takes are let go by the collector.
    if (call === undefined) return;
    this.#calls.delete(job);
    if (start === end) {
      call.reject(new SnakepitError('the call was ended by something else than its caller'));
      return;
    }
    try {
      const beside =
        taken === undefined ? undefined : { values: taken, array: call.array.bind(call) };
      const { values, objects } = decodeValues(bytes, start, end, beside);
      if (call.isEnding) {
        // Nobody takes what it gave.
        this.release(objects);
        call.reject(null);
      } else {
        call.resolve(outcomesOf(call.returns, values));
      }
    } catch (error) {
      call.reject(error);
    }
  }

  release(objects: readonly number[]): void {
    if (this.#released.length === 0 && objects.length > 0) {
      queueMicrotask(() => {
        const args = this.#released;
        this.#released = [];
        void this.run({ steps: [{ op: 'release', args }], returns: [] }, NO_OPTIONS_AT_ALL);
      });
    }
    this.#released.push(...objects);
  }
}
