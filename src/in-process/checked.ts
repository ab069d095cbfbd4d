import { show } from '../contract/fields.ts';

/** What a caller must pass where a name is meant; `who` is the member, as it is written. */
export function checkedName(value: unknown, who: string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${who} takes a name, which is a text; got ${show(value)}`);
}

export function checkedBody<F>(value: F, who: string): F {
  if (typeof value === 'function') return value;
  throw new TypeError(`${who} takes a function; got ${show(value)}`);
}

/** A promise or the like, of a body that was to be synchronous; what it rejects with is not lost. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

/** For members whose effect ends when their body returns. */
export function refuseThenable(value: unknown, who: string): void {
  if (!isThenable(value)) return;
  // The caller never sees this promise: its failure would be an unhandled one.
  value.then(undefined, () => undefined);
  throw new TypeError(`${who} takes a synchronous function: what it does ends when that returns`);
}

/** For what would set or delete a member of the bridge. */
export function reserved(key: string): TypeError {
  return new TypeError(
    `${key} cannot be set or deleted: names that begin with $ are the bridge's, which Python cannot spell`,
  );
}
