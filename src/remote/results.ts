import { RemoteObject } from '../contract/batch.ts';
import type { PendingCall } from './pending-call.ts';
import { call, callOf, type Place } from './place.ts';

function placed(pending: PendingCall): Place {
  return { kind: 'call', link: pending.link, settings: pending.settings, call: pending };
}

/** The result for users: an object is a handle without `then`, for a promise cannot carry one. */
export function present(pending: PendingCall, value: unknown): unknown {
  const place = placed(pending);
  if (pending.unseen) return settle(call(place, place, { op: 'value' }, present));
  return value instanceof RemoteObject ? place.link.proxyOf(place, true) : value;
}

/** What `await` on a place gives. A module is imported, and belongs to no worker afterwards. */
export function settle(place: Place): Promise<unknown> {
  if (place.kind !== 'module') return callOf(place).promise(present);
  const imported = call(place, null, { op: 'import', name: place.module }, settle).call;
  imported.want = 'ref';
  return imported.promise((done) => {
    done.dispose();
    return place.link.proxyOf(place, true);
  });
}

/** The promise of a call that gives nothing of use. */
export async function finish(place: Place): Promise<void> {
  await settle(place);
}

/** A handle to an object that came inside of another result. */
export function adopt(from: PendingCall, object: RemoteObject): unknown {
  return from.link.proxyOf(placed(from.adopt(object)), true);
}

/** Data, where objects that stayed with the worker (`fallback: 'proxy'`) become handles. */
export function withHandles(from: PendingCall, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (value instanceof RemoteObject) return adopt(from, value);
  if (Array.isArray(value)) {
    const items = value as unknown[];
    for (let i = 0; i < items.length; i += 1) items[i] = withHandles(from, items[i]);
  } else if (value instanceof Map) {
    for (const [key, item] of value) value.set(key, withHandles(from, item));
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    const fields = value as Record<string, unknown>;
    for (const key of Object.keys(fields)) fields[key] = withHandles(from, fields[key]);
  }
  return value;
}
