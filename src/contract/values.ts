import type { Untyped } from './untyped.ts';

/** Constructors of Python values that a JS value does not mean by itself. */
export interface PythonValues {
  tuple(...items: unknown[]): Untyped;
  set(items: Iterable<unknown>): Untyped;
  /** Immutable `bytes`, copied. */
  bytes(data: Uint8Array): Untyped;
  int(value: unknown): Untyped;
  /** A Python float, also where the number is whole. */
  float(value: unknown): Untyped;
  slice(start?: unknown, stop?: unknown, step?: unknown): Untyped;
  readonly ellipsis: Untyped;
  /** A live proxy in Python of a JS object that would be copied otherwise. */
  proxy(value: object): Untyped;
  /** A callback that does not keep its function alive. */
  weak<F extends (...args: never) => unknown>(callback: F): F;
}
