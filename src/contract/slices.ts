import type { PythonProxy } from './proxy.ts';
import type { Untyped } from './untyped.ts';

// The grammar of python/snakepit/slices.py, as types.

type Trim<S extends string> = S extends ` ${infer R}` | `${infer R} ` ? Trim<R> : S;

type Whole<S extends string> = S extends `+${infer N}`
  ? Unsigned<N>
  : S extends `-${infer N}`
    ? Unsigned<N>
    : Unsigned<S>;

type Unsigned<S extends string> = S extends `${infer D}${infer R}`
  ? D extends '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
    ? R extends ''
      ? true
      : Unsigned<R>
    : false
  : false;

type Bound<S extends string> = Trim<S> extends '' ? true : Whole<Trim<S>>;

type Slice<S extends string> = S extends `${infer A}:${infer B}:${infer C}`
  ? All<Bound<A>, Bound<B>, Bound<C>>
  : S extends `${infer A}:${infer B}`
    ? All<Bound<A>, Bound<B>, true>
    : false;

type All<A extends boolean, B extends boolean, C extends boolean> = false extends A | B | C
  ? false
  : true;

type Part<S extends string> =
  Trim<S> extends '...' | 'None' | 'newaxis' ? true : Whole<Trim<S>> extends true ? true : Slice<S>;

type Parts<S extends string> = S extends `${infer A},${infer R}`
  ? Part<A> extends true
    ? Parts<R>
    : false
  : Part<S>;

/**
 * A text for `$at` on array-like objects: `S` itself where it is slice grammar, or a name, of a field
 * for one; a text with a colon or a comma that is no slice is refused when it is compiled.
 *
 * @example
 * type Good = SliceText<'1:3, ::2, ..., None'>;
 */
export type SliceText<S extends string> = string extends S
  ? S
  : S extends `${string}:${string}` | `${string},${string}`
    ? Parts<S> extends true
      ? S
      : 'no slice: write start:stop:step, a whole number, ... or None, with commas between'
    : S;

/** Keys of an item of an array-like object: texts are checked, all else is as it is. */
export type ArrayKeys<K extends readonly unknown[]> = {
  readonly [I in keyof K]: K[I] extends string ? SliceText<K[I]> : K[I];
};

/**
 * An array-like Python object, such as an ndarray or a torch tensor: a text key is slice grammar.
 *
 * @example
 * interface NdArray extends ArrayProxy {
 *   readonly ndim: number;
 * }
 * declare const a: NdArray;
 * a.$at('1:3, ::2, ..., None');
 */
export interface ArrayProxy extends PythonProxy {
  /** An item or a part; what has no such place is an IndexError. */
  $at<const K extends readonly unknown[]>(...keys: ArrayKeys<K>): Untyped;
  $del<const K extends readonly unknown[]>(...keys: ArrayKeys<K>): void;
}
