import type { RefId } from './handle.ts';
import type { Kw } from './kw.ts';
import type { CallOptions, ToDateOptions, ToJsOptions } from './options.ts';
import type { PythonProxy } from './proxy.ts';
import type { TransferOptions, TypedArray } from './tensor.ts';
import type { Untyped } from './untyped.ts';

type IsAny<T> = 0 extends 1 & T ? true : false;
type AnyFunction = (...args: never) => unknown;
type AnyClass = abstract new (...args: never) => unknown;
type Object_ = PythonProxy | AnyFunction | AnyClass;

/** Bridge members on every remote handle, settled or not: what needs the worker is a promise. */
export interface RemoteHandle {
  $attr(name: string): Untyped;
  $at(...keys: unknown[]): Untyped;
  $put(...keysAndValue: [key: unknown, ...rest: unknown[], value: unknown]): Promise<void>;
  $del(...keys: unknown[]): Promise<void>;
  $call(
    args: readonly unknown[],
    kwargs?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Untyped;
  $toJS<T = Untyped>(options?: ToJsOptions): Promise<T>;
  $view(options?: TransferOptions): Promise<TypedArray>;
  $arrow(): Promise<Untyped>;
  $toDate(options?: ToDateOptions): Promise<Date>;
  $dispose(): void;
}

/** What only a settled handle has. It has no `then`: awaiting it would never end. */
export interface SettledHandle extends RemoteHandle {
  readonly $ref: RefId;
  /** Resolves once the worker has let the object go. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A remote value that has not arrived. Calls and attributes on it are sent on at once, without
 * waiting, and a chain is one message; `await` gives the value, or a {@link Ref} to it.
 *
 * @example
 * const torch: Ref<Torch> = await pool.import<Torch>("torch");
 * const sum: number = await torch.linalg.inv(torch.eye(2)).sum(); // one message
 */
export type Remote<T> =
  IsAny<T> extends true ? Untyped : PromiseLike<Settled<T>> & RemoteHandle & RemoteMembers<T>;

/** A remote object that has arrived: a handle. Calls and attributes on it are `Remote` again. */
export type Ref<T> = IsAny<T> extends true ? Untyped : SettledHandle & RemoteMembers<T>;

/** What `await` on a `Remote<T>` gives: data as it is, every other object as a handle. */
export type Settled<T> =
  IsAny<T> extends true
    ? Untyped
    : T extends Object_
      ? Ref<T>
      : T extends readonly unknown[]
        ? { [I in keyof T]: Settled<T[I]> }
        : T;

type RemoteMembers<T> = RemoteCall<T> & RemoteNew<T> & RemoteIteration<T> & RemoteAttributes<T>;

type RemoteCall<T> = T extends (...args: infer A) => infer R
  ? (...args: RemoteArgs<A>) => Remote<Awaited<R>>
  : unknown;

type RemoteNew<T> = T extends abstract new (
  ...args: infer A
) => infer R
  ? new (
      ...args: RemoteArgs<A>
    ) => Remote<R>
  : unknown;

type RemoteIteration<T> = T extends PythonProxy & (Iterable<infer I> | AsyncIterable<infer I>)
  ? AsyncIterable<Settled<I>>
  : unknown;

// "then" is no Python name on a handle: a settled one must not be taken for a promise.
type RemoteAttributes<T> = T extends PythonProxy
  ? {
      readonly [K in keyof T as K extends `$${string}` | 'then' | symbol ? never : K]-?: Remote<
        T[K]
      >;
    }
  : unknown;

/** Remote arguments may be what the function takes, a handle to it, or a value on its way. */
export type RemoteArgs<A extends readonly unknown[]> = { [I in keyof A]: RemoteArg<A[I]> };

type RemoteArg<A> =
  IsAny<A> extends true
    ? Untyped
    : unknown extends A
      ? unknown
      : ArgPart<A> | OnItsWay<Exclude<A, Kw<Untyped> | AnyFunction | undefined>>;

// Callbacks stay as they are; lists are looked into because handles may sit inside them.
type ArgPart<A> =
  A extends Kw<infer K>
    ? Kw<{ [P in keyof K]: RemoteArg<K[P]> }>
    : A extends PythonProxy
      ? A | Ref<A>
      : A extends AnyFunction
        ? A
        : A extends readonly unknown[]
          ? { readonly [I in keyof A]: RemoteArg<A[I]> }
          : A;

type OnItsWay<V> = [V] extends [never] ? never : Remote<V>;
