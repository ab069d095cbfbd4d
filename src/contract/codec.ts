import type { Untyped } from './untyped.ts';

/**
 * How values of one Python type become JavaScript's, or those of one class Python's: at every
 * crossing, in arguments, results, items and callbacks, and inside `$toJS`. The nearest class counts,
 * a type's own before its bases; of several codecs for one the newest.
 *
 * A function that gives undefined leaves the value to the rules of the bridge. What it throws
 * comes out as it is. While one of the two runs, values of its
 * own type and class cross as if there were no such codec.
 *
 * @example
 * py.codec({
 *   pyType: 'decimal.Decimal',
 *   toJS: (value) => new Big(String(value)),
 *   jsClass: Big,
 *   fromJS: (value) => new Decimal(value.toString()),
 * });
 */
export interface Codec<J = Untyped> {
  /**
   * The Python class, or its name: the module that defines or exports it, and the class, such as
   * `decimal.Decimal`, `pandas.DataFrame`. Its module need not be imported yet.
   */
  readonly pyType?: Untyped;
  /** What a Python object of that type, or of a subclass, is in JavaScript. */
  readonly toJS?: (value: Untyped) => unknown;
  /** Objects of this class, and of its subclasses, go to `fromJS`. */
  readonly jsClass?: abstract new (
    ...args: never
  ) => J;
  /** What such an object is in Python: a Python object, or anything that converts. */
  readonly fromJS?: (value: J) => unknown;
}

/** A codec that holds until it is disposed of; then the one before it counts again. */
export interface CodecRegistration extends Disposable {
  $dispose(): void;
}
