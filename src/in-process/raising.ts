import { originOf } from '../errors/python-errors.ts';
import { loadBinding } from '../native/load.ts';
import { isError } from './js-identity.ts';
import { own } from './own.ts';

/** An error on its way through Python, as what Python can raise. */
export interface Raising {
  readonly exception: unknown;
  /** What to throw for what came out: the error itself, if it is that which went in. */
  readonly back: (raised: unknown) => unknown;
}

export function raising(error: unknown): Raising {
  // An exception that came from Python goes back as the same object.
  const exception =
    originOf(error) ??
    (isError(error)
      ? loadBinding().hold(error as Error)
      : loadBinding().callForProxy(own('contexts', 'foreign'), String(error)));
  return { exception, back: (raised) => (originOf(raised) === exception ? error : raised) };
}
