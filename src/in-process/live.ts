import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { everHeld, own } from './own.ts';

/** Where each proxy was made, by its id; null while nobody wants to know: it costs a stack each. */
let sites: Map<HandleId, string> | null = null;
let trackers = 0;

export function noteBirth(id: HandleId): void {
  if (sites === null) return;
  const { stack = '' } = new Error('born here');
  sites.set(id, stack);
}

/** Until as many have said false as said true. */
export function trackSites(on: boolean): void {
  trackers += on ? 1 : -1;
  sites = trackers > 0 ? (sites ?? new Map<HandleId, string>()) : null;
}

/** A Python object that JavaScript holds. */
export interface LiveObject {
  readonly id: HandleId;
  /** Its type, with the module unless that is builtins. */
  readonly type: string;
  /** The stack of its proxy's making, if it was tracked then. */
  readonly site: string | undefined;
}

/** The objects of JavaScript that Python holds: functions, errors, instances. */
export const heldByPython = (): object[] => loadBinding().heldByPython();

/** A Python object in JavaScript's hands that keeps an object of JavaScript. */
export interface Keeping {
  readonly handle: HandleId;
  readonly kept: object;
  /** The Python types from the one to the other, the first that of the handle. */
  readonly path: readonly string[];
}

export function keepings(): Keeping[] {
  const held = heldByPython();
  const stands = held.map((value) => loadBinding().hold(value));
  const examiner = own('leaks', 'cycles');
  const rows = JSON.parse(loadBinding().examine(examiner, stands) as string) as [
    handle: HandleId,
    number: number,
    path: string[],
  ][];
  return rows.map(([handle, number, path]) => ({ handle, kept: held[number] as object, path }));
}

/** Lets Python free its cycles, and the bridge what V8 collected. */
export function collectPython(): void {
  loadBinding().call(own('leaks', 'collect'));
}

/** All that this JS thread holds, but what the bridge took for its own use. */
export function liveObjects(): LiveObject[] {
  const examiner = own('leaks', 'types');
  const text = loadBinding().examine(examiner, []) as string;
  const rows = JSON.parse(text) as [id: HandleId, type: string][];
  const ours = new Set(everHeld());
  const live = rows.filter(([id]) => !ours.has(id));
  if (sites !== null) {
    const ids = new Set(live.map(([id]) => id));
    for (const id of sites.keys()) if (!ids.has(id)) sites.delete(id);
  }
  return live.map(([id, type]) => ({ id, type, site: sites?.get(id) }));
}
