import type { HandleId } from '../native/binding.ts';

/**
 * How native code leaves an object for which JavaScript is to make the proxy (FreshSlot and
 * HandleTable::WrapLater in C++): its handle's id, the flags of its type, and, written here, the
 * id whose proxy waits in `waiting`.
 */
export const fresh: Float64Array = new Float64Array([-1, 0, -1]);

/**
 * The proxy made last. It stays here, held, until native code gives it a weak reference: at the
 * next one, or after a collection. What `using` or `$dispose` lets go at once never needs one.
 */
export const waiting: unknown[] = [undefined];

export function freshId(): HandleId {
  return fresh[0] as HandleId;
}

export function freshFlags(): number {
  return fresh[1] as number;
}

/** Ids are never used again, so this one is that of the last proxy. */
export function isClaimed(): boolean {
  return fresh[2] === fresh[0];
}

/** Before anything else happens: no native call may come between. */
export function claim(proxy: unknown): unknown {
  waiting[0] = proxy;
  fresh[2] = freshId();
  return proxy;
}
