import type { PoolOptions } from '../contract/pool-options.ts';
import type { PoolStats } from '../contract/remote-face.ts';
import { PoolClosedError } from '../errors/worker-errors.ts';
import { helperFiles } from '../helpers/helpers.ts';
import { PoolExecutor } from '../pool/pool-executor.ts';
import { BUILT_IN } from './built-in-helpers.ts';
import type { LazyPool } from './routed-executor.ts';

const NOTHING_YET: PoolStats = Object.freeze({
  ...{ workers: 0, devices: 0, queued: 0, running: 0, restarts: 0, crashes: 0, retried: 0 },
  ...{ bytesShared: 0, bytesCopied: 0 },
});

/** The workers of a routed runtime, from the first call that needs them. */
export class RoutedPool implements LazyPool {
  readonly #options: PoolOptions;
  readonly #host: NodeJS.ProcessEnv;
  #opening: Promise<PoolExecutor> | null = null;
  #opened: PoolExecutor | null = null;
  #isClosed = false;

  /** `host`: the environment as it was before GPUs were hidden from this process. */
  constructor(options: PoolOptions, host: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#host = host;
  }

  get opened(): PoolExecutor | null {
    return this.#opened;
  }

  get stats(): PoolStats {
    return this.#opened?.stats ?? NOTHING_YET;
  }

  async open(): Promise<PoolExecutor> {
    if (this.#isClosed) throw new PoolClosedError('this runtime was closed.');
    this.#opening ??= this.#start();
    return await this.#opening;
  }

  async #start(): Promise<PoolExecutor> {
    try {
      const helpers = (project: string): Readonly<Record<string, string>> =>
        helperFiles(project, BUILT_IN);
      this.#opened = await PoolExecutor.open(this.#options, helpers, this.#host);
      return this.#opened;
    } catch (error) {
      // The next call may find a better world.
      this.#opening = null;
      throw error;
    }
  }

  async drain(): Promise<void> {
    this.#isClosed = true;
    await (await this.#pool())?.drain();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await (await this.#pool())?.close();
  }

  /** The pool that is there or comes up; null where there is none. */
  async #pool(): Promise<PoolExecutor | null> {
    return this.#opening === null ? null : await this.#opening.catch(() => null);
  }
}
