import { ModuleName, type Operand, type Operation } from '../contract/batch.ts';
import type { CallSettings } from '../contract/options.ts';
import type { Link } from './link.ts';
import { type CallSpec, PendingCall } from './pending-call.ts';
import type { Arguments } from './snapshot.ts';

/** The function whose callers a JS stack begins with. */
export type Above = (...args: never) => unknown;

export interface Bound {
  readonly link: Link;
  readonly settings: CallSettings;
}

/** A module: wherever a batch runs, so it outlives every worker. */
export interface ModulePlace extends Bound {
  readonly kind: 'module';
  readonly module: string;
}

/** The result of a call. */
export interface CallPlace extends Bound {
  readonly kind: 'call';
  readonly call: PendingCall;
}

/** A dotted path on one of the others. Nothing is sent until it is called, awaited or passed on. */
export interface AttributePlace extends Bound {
  readonly kind: 'attribute';
  readonly of: ModulePlace | CallPlace;
  readonly path: string;
}

export type Place = ModulePlace | CallPlace | AttributePlace;

/** The place behind each proxy. */
const places = new WeakMap<object, Place>();

export function remember(proxy: object, place: Place): void {
  places.set(proxy, place);
}

/** The place behind a remote proxy; undefined for everything else. */
export function placeOf(value: unknown): Place | undefined {
  return typeof value === 'function' ? places.get(value) : undefined;
}

export function attributeOf(place: Place, name: string): AttributePlace {
  const { link, settings } = place;
  if (place.kind !== 'attribute')
    return { kind: 'attribute', link, settings, of: place, path: name };
  return { ...place, path: `${place.path}.${name}` };
}

const NONE: Arguments = { args: [], kwargs: {}, slots: [] };

interface Asked {
  readonly op: Operation;
  readonly name?: string | undefined;
  /** Where it is no place: an object by its number. */
  readonly target?: Operand;
  readonly given?: Arguments;
}

/** Puts a call on its way, on a place or on nothing. */
export function call(from: Bound, on: Place | null, asked: Asked, above: Above): CallPlace {
  const { op, name, target, given = NONE } = asked;
  const { args, kwargs } = given;
  const slots = [...given.slots];
  const spec: CallSpec = { op, name, target, args, kwargs, slots, after: [] };
  if (on?.kind === 'module') {
    spec.target = new ModuleName(on.module);
    const assigned = on.link.assigned.get(on.module);
    if (assigned?.outcome === null) spec.after.push(assigned);
  } else if (on !== null) {
    slots.push({
      call: callOf(on),
      fill: (operand) => {
        spec.target = operand;
      },
    });
  }
  const { link, settings } = from;
  return { kind: 'call', link, settings, call: new PendingCall(link, settings, spec, above) };
}

/** Sets or deletes an attribute. There is no promise: what uses the object later comes after it. */
export function assign(place: Place, asked: Asked, above: Above): void {
  const made = call(place, place, asked, above).call;
  const root = place.kind === 'attribute' ? place.of : place;
  if (root.kind === 'call') root.call.assigned = made;
  else root.link.assigned.set(root.module, made);
}

/** The call whose result a place stands for; an attribute that is passed on is read then. */
export function callOf(place: CallPlace | AttributePlace): PendingCall {
  if (place.kind === 'call') {
    place.call.assertUsable();
    return place.call;
  }
  return call(place, place.of, { op: 'get_attr', name: place.path }, callOf).call;
}

/** Calls what the place names: `np.linalg.inv` is one step, with its path. */
export function invoke(place: Place, given: Arguments, above: Above): CallPlace {
  if (place.kind !== 'attribute') return call(place, place, { op: 'call', given }, above);
  const op = place.of.kind === 'module' ? 'function' : 'method';
  return call(place, place.of, { op, name: place.path, given }, above);
}
