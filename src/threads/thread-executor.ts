import type { Batch, BatchExecutor, Outcome } from '../contract/batch.ts';
import { formatRef, type RefId } from '../contract/handle.ts';
import type { CallSettings } from '../contract/options.ts';
import { readRef } from '../contract/payload-refs.ts';
import { HandleElsewhereError } from '../errors/worker-errors.ts';
import type { AsyncStats } from '../native/async-binding.ts';
import { loadBinding } from '../native/load.ts';
import type { ThreadOptions, ThreadRunner } from './thread-runner.ts';

/** In handles: whose they are. */
const WORKER = 'async';

/**
 * The Python threads of this process: the door of this room. Who never calls does not load the rest
 * of it, nor the wire: the start of a process counts in milliseconds.
 */
export class ThreadExecutor implements BatchExecutor {
  readonly #options: ThreadOptions;
  #loading: Promise<ThreadRunner> | null = null;
  #runner: ThreadRunner | null = null;

  /** One a JS thread: the addon knows whom it tells. */
  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  async #load(): Promise<ThreadRunner> {
    const { ThreadRunner: Runner } = await import('./thread-runner.ts');
    this.#runner = new Runner(this.#options);
    return this.#runner;
  }

  run(batch: Batch, settings: CallSettings): Promise<readonly Outcome[]> {
    if (this.#runner !== null) return this.#runner.run(batch, settings);
    this.#loading ??= this.#load();
    return this.#loading.then((runner) => runner.run(batch, settings));
  }

  release(objects: readonly number[]): void {
    this.#runner?.release(objects);
  }

  refOf(n: number): RefId {
    return formatRef({ worker: WORKER, generation: 0, session: '', n });
  }

  objectOf(ref: RefId, field: string): number {
    const { worker, n } = readRef(ref, field);
    if (worker === WORKER) return n;
    throw new HandleElsewhereError(
      `${field}: the handle ${ref} is of ${worker === 'host' ? 'the synchronous face' : `worker ${worker}`}, ` +
        'and this call runs on py.async: make the call there, or pass data',
    );
  }

  /** Of the whole process: its JS threads share the threads of Python. */
  get stats(): AsyncStats {
    return loadBinding().asyncStats();
  }
}
