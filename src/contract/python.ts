/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- T is the caller's word for what Python gives */
import type { Codec, CodecRegistration } from './codec.ts';
import type { ExecOptions, Outputs } from './options.ts';
import type { Payload } from './call.ts';
import type { RemoteFace } from './remote-face.ts';
import type { Dtype, Tensor, TransferOptions } from './tensor.ts';
import type { PythonValues } from './values.ts';
import type { Untyped } from './untyped.ts';

/** What `py.capture` returns. */
export interface Captured<T> {
  readonly value: T;
  readonly stdout: string;
  readonly stderr: string;
}

/** Memory both ways, without a copy where there is any way to avoid one. */
export interface PythonMemory {
  alloc<const D extends Dtype>(dtype: D, shape: readonly number[]): Tensor<D>;
  toNumpy(tensor: unknown, options?: TransferOptions): Untyped;
  fromNumpy(array: unknown, options?: TransferOptions): Tensor;
  toTorch(tensor: unknown, options?: TransferOptions): Untyped;
  fromTorch(tensor: unknown, options?: TransferOptions): Tensor;
  toArrow(table: unknown, options?: TransferOptions): Untyped;
  fromArrow(table: unknown, options?: TransferOptions): Untyped;
}

/** Questions that JavaScript has no operator for. */
export interface PythonQuestions {
  isinstance(value: unknown, type: unknown): boolean;
  is(a: unknown, b: unknown): boolean;
  equal(a: unknown, b: unknown): boolean;
  /** Truth by Python's rules; `if (proxy)` is always true. */
  bool(value: unknown): boolean;
  len(value: unknown): number;
  contains(container: unknown, value: unknown): boolean;
  callable(value: unknown): boolean;
  getattr(value: unknown, name: string, fallback?: unknown): Untyped;
  setattr(value: unknown, name: string, attribute: unknown): void;
}

/** Inline Python: an expression's value, or a block's `return`. Values are bound, not pasted. */
export type InlineTag = <T = Untyped>(source: TemplateStringsArray, ...values: unknown[]) => T;

/**
 * The provisioned Python in this process, synchronous. It is a function, the inline tag.
 *
 * @example
 * const py = open();
 * const np = py.import("numpy");
 * py`${np.arange(3)} + 1`;
 */
export interface Python extends PythonValues, PythonMemory, PythonQuestions {
  /** Inline Python: an expression's value, or a block's `return`. Values are bound, not pasted. */
  <T = Untyped>(source: TemplateStringsArray, ...values: unknown[]): T;
  import<T = Untyped>(name: string): T;
  /** A module that is imported on first use. */
  lazy<T = Untyped>(name: string): T;
  /** Runs code in one fresh namespace and returns the names listed in `out`. */
  exec<const K extends string = never>(code: string, options?: ExecOptions<K>): Outputs<K>;
  readonly builtins: Untyped;
  readonly helpers: Untyped;
  help(value: unknown): string;
  /**
   * Has values of a Python type, or of a JavaScript class, converted by functions of yours.
   *
   * @throws TypeError for a rule that could do nothing, and for types that already cross by value.
   */
  codec<J = never>(rule: Codec<J>): CodecRegistration;
  /** A Python class of `base` with methods written in JavaScript. */
  class(base: unknown, members: Readonly<Record<string, unknown>>): Untyped;
  /** Runs `body` inside a context manager; its errors reach `__exit__`. */
  with<R, T = Untyped>(manager: unknown, body: (value: T) => R): R;
  enter<T = Untyped>(manager: unknown): T & Disposable;
  /** Frees every proxy that is born inside, but what `body` returns. */
  scope<R>(body: () => R): R;
  capture<R>(body: () => R): Captured<R>;
  /** The same runtime, asynchronous: Python threads, coroutines on one asyncio loop. */
  readonly async: RemoteFace;
  /**
   * A call as data, the same in every placement. It resolves to the reply's value (a proxy for an
   * object, unless `want` says otherwise) and rejects with what the call would throw. A payload that
   * is none rejects with a TypeError that names the field. In this process the call runs at once
   * and holds the thread: `deadline_ms`, `session` and `device` have no effect.
   */
  execute(payload: Payload): Promise<Untyped>;
}
