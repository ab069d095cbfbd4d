/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- T is the caller's word for what Python gives */
import type { RefId } from './handle.ts';
import type { CallOptions, ToDateOptions, ToJsOptions } from './options.ts';
import type { TransferOptions, TypedArray } from './tensor.ts';
import type { Untyped } from './untyped.ts';

/**
 * What the bridge adds to a Python object. Every name begins with `$`, which Python cannot
 * spell, so all plain names belong to Python. Without generated wrappers a proxy is `any`; a
 * wrapper's interface extends this one.
 *
 * @example
 * interface NdArray extends PythonProxy {
 *   readonly shape: PythonProxy;
 *   sum(): number;
 * }
 */
export interface PythonProxy {
  /** Any Python name, also those that JavaScript claims: then, constructor, toJSON. */
  $attr(name: string): Untyped;
  /** An item; several keys are a tuple, a text is slice grammar on array-like types. */
  $at(...keys: unknown[]): Untyped;
  /** Sets an item: the keys, then the value. */
  $put(...keysAndValue: [key: unknown, ...rest: unknown[], value: unknown]): void;
  $del(...keys: unknown[]): void;
  $call(
    args: readonly unknown[],
    kwargs?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Untyped;
  /** Plain data, in one native call; a TypeError names the path to what is none. */
  $toJS<T = Untyped>(options?: ToJsOptions): T;
  /** C-contiguous memory in order, otherwise a counted copy. */
  $view(options?: TransferOptions): TypedArray;
  $arrow(): Untyped;
  $toDate(options?: ToDateOptions): Date;
  /** The handle's id, as a payload carries it. */
  readonly $ref: RefId;
  /** The same object, asynchronous. A wrapper narrows it to `Ref` of its own interface. */
  readonly $async: Untyped;
  $dispose(): void;
  [Symbol.dispose](): void;
}

/** A callable Python object with a known signature, which is a proxy too. */
export type PythonFunction<F extends (...args: never) => unknown> = F & PythonProxy;
