/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- T is the caller's word for what Python gives */
import type { Payload } from './call.ts';
import type { ExecOptions, FaceOptions, Outputs, SessionOptions } from './options.ts';
import type { Remote } from './remote.ts';
import type { SandboxLevel } from './sandbox.ts';
import type { Dtype, Tensor, TransferOptions } from './tensor.ts';
import type { PythonValues } from './values.ts';
import type { Untyped } from './untyped.ts';

/** `Python`'s questions, where the answer lies elsewhere. */
export interface RemoteQuestions {
  isinstance(value: unknown, type: unknown): Promise<boolean>;
  is(a: unknown, b: unknown): Promise<boolean>;
  equal(a: unknown, b: unknown): Promise<boolean>;
  bool(value: unknown): Promise<boolean>;
  len(value: unknown): Promise<number>;
  contains(container: unknown, value: unknown): Promise<boolean>;
  callable(value: unknown): Promise<boolean>;
  getattr(value: unknown, name: string, fallback?: unknown): Untyped;
  setattr(value: unknown, name: string, attribute: unknown): Promise<void>;
}

/** Memory, where the arrays live in another process or on other threads. */
export interface RemoteMemory {
  /** Shared memory: crosses to a worker with no copy. */
  alloc<const D extends Dtype>(dtype: D, shape: readonly number[]): Tensor<D>;
  toNumpy(tensor: unknown, options?: TransferOptions): Untyped;
  fromNumpy(array: unknown, options?: TransferOptions): Promise<Tensor>;
  toTorch(tensor: unknown, options?: TransferOptions): Untyped;
  fromTorch(tensor: unknown, options?: TransferOptions): Promise<Tensor>;
  toArrow(table: unknown, options?: TransferOptions): Untyped;
  fromArrow(table: unknown, options?: TransferOptions): Promise<Untyped>;
}

/**
 * What `py.async`, a pool, a session and the routed runtime share: Python where calls take time
 * or may fail with their process. Calls are eager; the error of a chain surfaces at its `await`.
 *
 * @example
 * async function norm(face: RemoteFace, v: Float32Array): Promise<number> {
 *   return await face.import("numpy").linalg.norm(v);
 * }
 */
export interface RemoteFace extends PythonValues, RemoteMemory, RemoteQuestions {
  <T = Untyped>(source: TemplateStringsArray, ...values: unknown[]): Remote<T>;
  import<T = Untyped>(name: string): Remote<T>;
  lazy<T = Untyped>(name: string): Remote<T>;
  exec<const K extends string = never>(code: string, options?: ExecOptions<K>): Promise<Outputs<K>>;
  readonly builtins: Untyped;
  readonly helpers: Untyped;
  help(value: unknown): Promise<string>;
  with<R, T = Untyped>(manager: unknown, body: (value: T) => R | PromiseLike<R>): Promise<R>;
  enter<T = Untyped>(manager: unknown): Promise<T & AsyncDisposable>;
  scope<R>(body: () => R | PromiseLike<R>): Promise<R>;
  /** The same face under call options. */
  options(options: FaceOptions): RemoteFace;
  execute(payload: Payload): Promise<Untyped>;
}

/** State that stays together: a named home on one worker. */
export interface Session extends RemoteFace, AsyncDisposable {
  readonly name: string;
  close(): Promise<void>;
}

/** The figures of `pool.stats()`. */
export interface PoolStats {
  readonly workers: number;
  readonly devices: number;
  readonly queued: number;
  readonly running: number;
  readonly restarts: number;
  readonly crashes: number;
  readonly retried: number;
  readonly bytesShared: number;
  readonly bytesCopied: number;
}

/** Worker processes behind one face. */
export interface Pool extends RemoteFace, AsyncDisposable {
  /** What holds its workers on this system. */
  readonly sandbox: SandboxLevel;
  session(name: string, options?: SessionOptions): Session;
  stats(): PoolStats;
  /** Takes no new calls and resolves when the accepted ones have ended. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Python in this process and in workers behind one face, what `snakepit()` gives. */
export interface Routed extends RemoteFace, AsyncDisposable {
  /** Of its workers; all zero until a call needed them. */
  stats(): PoolStats;
  /** Lets the calls in workers end, and takes no new ones there. */
  drain(): Promise<void>;
  /** Ends the workers. Calls in this process go on. */
  close(): Promise<void>;
}
