import { show } from '../contract/fields.ts';
import type { Fallback, OnError } from '../contract/on-error.ts';
import { mroOf } from './brand.ts';
import type { PythonError } from './python-error.ts';
import { canonicalName, isClassName } from './python-errors.ts';

/** Handlers by exception name, in order; `_` answers when none matches, whatever was thrown. */
export type MatchTable<R> = Readonly<Record<string, (error: PythonError) => R>> & {
  readonly _?: (error: unknown) => R;
};

/**
 * Answers an error by its Python class: the first key in written order whose class matches.
 * Without a match and without `_` the error is thrown again.
 *
 * @example
 * match(error, { "torch.OutOfMemoryError": () => retrySmaller(), ValueError: (e) => e.message });
 */
export function match<R>(error: unknown, table: MatchTable<R>): R {
  const handlers = readTable(error, table);
  const mro = mroOf(error);
  for (const [name, answer] of handlers) {
    if (name === '_' || mro === null) continue;
    if (mro.includes(canonicalName(name))) return answer(error as PythonError);
  }
  const answer = Object.hasOwn(table, '_') ? table._ : undefined;
  if (answer === undefined) throw error;
  return answer(error);
}

/** A wrong table is an error that keeps what was to be matched. */
function readTable<R>(
  error: unknown,
  table: MatchTable<R>,
): readonly [string, (error: PythonError) => R][] {
  const cause = { cause: error };
  if (typeof table !== 'object' || (table as object | null) === null) {
    throw new TypeError(
      `match(error, table) takes handlers by name, { ValueError: (e) => … }, got ${show(table)}`,
      cause,
    );
  }
  const handlers = Object.entries(table);
  for (const [name, handler] of handlers) {
    if (typeof handler !== 'function') {
      throw new TypeError(
        `match(): ${show(name)} needs a function (e) => …, got ${show(handler)}`,
        cause,
      );
    }
    if (!isClassName(name)) {
      throw new TypeError(
        `match(): ${show(name)} is no exception's name, such as 'ValueError' or 'torch.OutOfMemoryError'`,
        cause,
      );
    }
  }
  return handlers;
}

/** What `onError` has for an error: the first key in written order whose class matches. */
export function fallbackFor(error: unknown, onError: OnError): Fallback | null {
  if (typeof onError === 'function') return onError;
  const answers = Object.entries(onError).map(([name, fallback]) => [name, () => fallback]);
  return match<Fallback | null>(error, {
    _: () => null,
    ...(Object.fromEntries(answers) as MatchTable<Fallback>),
  });
}
