import { originOf } from '../errors/python-errors.ts';
import { isError, Thrown } from './js-identity.ts';

/** An error on its way through Python, as what Python can raise. */
export interface Raising {
  readonly exception: unknown;
  /** What to throw for what came out: the error itself, if it is that which went in. */
  readonly back: (raised: unknown) => unknown;
}

export function raising(error: unknown): Raising {
  const origin = originOf(error);
  // An error of JavaScript is an exception in Python, and comes out as itself.
  const exception = origin ?? (isError(error) ? error : new Thrown(error));
  const same = (raised: unknown): boolean => origin !== undefined && originOf(raised) === origin;
  return { exception, back: (raised) => (same(raised) ? error : raised) };
}
