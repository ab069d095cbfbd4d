import type { Call } from './call.ts';
import type { RefId } from './handle.ts';
import type { CallSettings } from './options.ts';
import type { Dtype, Tensor } from './tensor.ts';

export type Placement = 'in-process' | 'isolated' | 'grpc' | 'ray';

/**
 * Runs calls somewhere. Every placement implements this one interface, and one table of
 * behaviours is run against each of them.
 */
export interface Executor extends AsyncDisposable {
  readonly placement: Placement;
  /**
   * Settles exactly once: with the value (a handle is a proxy of this executor), a PythonError,
   * or a SnakepitError. It never throws synchronously.
   */
  execute(call: Call, settings: CallSettings): Promise<unknown>;
  /** Memory that a call of this executor takes without a copy. */
  alloc<const D extends Dtype>(dtype: D, shape: readonly number[]): Tensor<D>;
  /** Lets handles go. May be called from a finaliser: it only enqueues and never throws. */
  release(refs: readonly RefId[]): void;
  /** Ends accepted work, then lets go of everything. Safe to call again. */
  close(): Promise<void>;
}

/** An executor in this process can also answer at once. */
export interface SyncExecutor extends Executor {
  /** Throws what {@link Executor.execute} would reject with. */
  executeSync(call: Call): unknown;
}
