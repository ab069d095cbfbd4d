/** A batch that was submitted, by its number. */
export type JobNumber = number;

/** How the threads of the async face do, of the whole process. */
export interface AsyncStats {
  readonly threads: number;
  readonly queued: number;
  readonly running: number;
  /** Threads that were given up because their call did not end, since the start. */
  readonly abandoned: number;
}

/** What src-native/async.cc exports. Nothing here waits for the GIL. */
export interface AsyncBinding {
  /**
   * Once a JS thread. An answer is in `input` from `start` to `end`, or in `large` where it does not
   * fit; nothing where the job was stopped. `taken` is what it names by number: values of
   * JavaScript's, and arrays as fromRecord (src/tensor/record.ts) reads them, or the error where
   * one is too large. `settings` is JSON for python/snakepit/lanes.py.
   */
  installAsync(
    input: Uint8Array,
    onAnswer: (
      job: JobNumber,
      start: number,
      end: number,
      large: Buffer | undefined,
      taken: readonly unknown[] | undefined,
    ) => void,
    settings: string,
  ): void;
  /** `given`: memory, functions and objects that the batch names by number. */
  submitAsync(batch: Uint8Array, given?: readonly unknown[]): JobNumber;
  /** True: it is being interrupted. False: it never begins, or is done; its answer comes. */
  stopAsync(job: JobNumber): boolean;
  /** Gives up a job with its thread. False: it is done, and its answer comes. */
  abandonAsync(job: JobNumber): boolean;
  asyncStats(): AsyncStats;
  /** What the objects of this JS thread are known by in lanes.py. */
  asyncHome(): number;
}
