import { mroOf } from './brand.ts';
import type { PythonError } from './python-error.ts';
import { canonicalName } from './python-errors.ts';

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
  if (typeof table !== 'object' || (table as object | null) === null) {
    const cause = { cause: error };
    throw new TypeError(
      'match(error, table) takes handlers by name: { ValueError: (e) => … }',
      cause,
    );
  }
  const mro = mroOf(error);
  for (const [name, answer] of Object.entries(table)) {
    if (name === '_' || mro === null) continue;
    if (mro.includes(canonicalName(name))) return answer(error as PythonError);
  }
  const answer = Object.hasOwn(table, '_') ? table._ : undefined;
  if (answer === undefined) throw error;
  return answer(error);
}
