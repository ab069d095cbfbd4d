import { collect } from './born.ts';
import type { PendingCall } from './pending-call.ts';
import { placeOf } from './place.ts';

function resultsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? [value, ...(value as unknown[])] : [value];
}

/**
 * Runs `body` and lets go of every object born inside, but of what it returns: a handle, or an array
 * of handles.
 */
export async function scope<R>(body: () => R | PromiseLike<R>): Promise<R> {
  if (typeof body !== 'function') {
    throw new TypeError('scope() takes a function: scope(async () => { … })');
  }
  const inside = new Set<PendingCall>();
  try {
    const result = await collect(inside, async () => await body());
    for (const one of resultsOf(result)) {
      const place = placeOf(one);
      if (place?.kind === 'call') inside.delete(place.call);
    }
    return result;
  } finally {
    for (const call of inside) call.dispose();
  }
}
