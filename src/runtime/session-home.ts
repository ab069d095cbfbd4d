import type { Batch, BatchExecutor, Outcome } from '../contract/batch.ts';
import type { RefId } from '../contract/handle.ts';
import type { CallSettings, SessionSettings } from '../contract/options.ts';
import type { PoolExecutor, SessionExecutor } from '../pool/pool-executor.ts';

/** A session's executor, which makes its state anew (`init`) where its worker died. */
export class SessionHome implements BatchExecutor {
  /** The session's place as the pool knows it: what `init` itself runs on. */
  readonly executor: SessionExecutor;
  readonly #init: (() => unknown) | null;
  /** All calls wait while the state is made. */
  #making: Promise<void> | null = null;
  #isMade: boolean;

  constructor(
    pool: PoolExecutor,
    name: string,
    affinity: SessionSettings['affinity'],
    init: (() => unknown) | null,
  ) {
    this.executor = pool.session(name, affinity);
    this.#init = init;
    this.#isMade = init === null;
  }

  async run(batch: Batch, settings: CallSettings): Promise<readonly Outcome[]> {
    const missing = !this.#isMade || (this.#init !== null && this.executor.lost !== null);
    if (missing) await (this.#making ??= this.#make());
    return await this.executor.run(batch, settings);
  }

  async #make(): Promise<void> {
    try {
      if (this.executor.lost !== null) this.executor.restored();
      await this.#init?.();
      this.#isMade = true;
    } finally {
      this.#making = null;
    }
  }

  release(objects: readonly number[]): void {
    this.executor.release(objects);
  }

  refOf(n: number): RefId {
    return this.executor.refOf(n);
  }

  objectOf(ref: RefId, field: string): number {
    return this.executor.objectOf(ref, field);
  }

  close(): Promise<void> {
    this.executor.close();
    return Promise.resolve();
  }
}
