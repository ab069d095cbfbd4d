import { kw } from '../contract/kw.ts';
import { readToJsOptions, type ToDateOptions, type ToJsOptions } from '../contract/options.ts';
import type { TransferOptions, TypedArray } from '../contract/tensor.ts';
import { mergeSettings } from './call-settings.ts';
import { type Above, attributeOf, call, type CallPlace, invoke, type Place } from './place.ts';
import { finish, settle, withHandles } from './results.ts';
import { snapshot } from './snapshot.ts';

function nameFrom(member: string, name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new TypeError(`${member} takes a Python name, got ${typeof name}: ${member}('name')`);
}

function attr(place: Place, given: unknown): Place {
  const name = nameFrom('$attr', given);
  // A name with a dot in it is one attribute here, and no path.
  if (!name.includes('.')) return attributeOf(place, name);
  const args = [place.link.proxyOf(place, false), name];
  return on({ ...place, kind: 'module', module: 'builtins' }, 'function', args, attr, 'getattr');
}

function on(
  place: Place,
  op: 'index' | 'get_item' | 'set_item' | 'del_item' | 'function',
  args: readonly unknown[],
  above: Above,
  name?: string,
): CallPlace {
  return call(place, place, { op, name, given: snapshot(place.link, args, {}) }, above);
}

function put(place: Place, args: readonly unknown[]): Promise<void> {
  if (args.length < 2) throw new TypeError('$put takes keys and then the value: $put(key, value)');
  return finish(on(place, 'set_item', args, put));
}

function callWith(
  place: Place,
  args: readonly unknown[] = [],
  named?: object,
  options?: object,
): unknown {
  if (!Array.isArray(args)) {
    throw new TypeError('$call takes an array of arguments: $call([1, 2], { axis: 0 })');
  }
  const kwargs = named === undefined ? {} : kw(named).values;
  const settings = options === undefined ? place.settings : mergeSettings(place.settings, options);
  const given = snapshot(place.link, args, kwargs);
  return place.link.proxyOf(invoke({ ...place, settings }, given, callWith), false);
}

function toJS(place: Place, options?: ToJsOptions): Promise<unknown> {
  const given = snapshot(place.link, [], readToJsOptions(options));
  const asked = call(place, place, { op: 'to_js', given }, toJS).call;
  asked.want = 'value';
  return asked.promise(withHandles);
}

function view(place: Place, options?: TransferOptions): Promise<unknown> {
  const settings =
    options?.copy === undefined ? place.settings : mergeSettings(place.settings, options);
  // True: its elements in order.
  const given = snapshot(place.link, [true], {});
  const asked = call({ ...place, settings }, place, { op: 'view', given }, view).call;
  asked.want = 'value';
  return asked.promise((_done, value) => (value as { readonly data: TypedArray }).data);
}

function toDate(place: Place, options?: ToDateOptions): Promise<unknown> {
  const given = snapshot(place.link, [], { zone: options?.zone ?? null });
  const asked = call(place, place, { op: 'to_date', given }, toDate).call;
  asked.want = 'value';
  return asked.promise((_done, value) => value);
}

type Member = (place: Place) => unknown;

/** Everything the bridge adds to a remote object. What needs the worker is a promise. */
export const MEMBERS: ReadonlyMap<string, Member> = new Map<string, Member>([
  ['$attr', (place) => (name: unknown) => place.link.proxyOf(attr(place, name), false)],
  [
    '$at',
    (place) =>
      (...keys: unknown[]) =>
        place.link.proxyOf(on(place, 'get_item', keys, settle), false),
  ],
  [
    '$put',
    (place) =>
      (...args: unknown[]) =>
        put(place, args),
  ],
  [
    '$del',
    (place) =>
      (...keys: unknown[]) =>
        finish(on(place, 'del_item', keys, finish)),
  ],
  [
    '$call',
    (place) => (args?: readonly unknown[], kwargs?: object, options?: object) =>
      callWith(place, args, kwargs, options),
  ],
  ['$toJS', (place) => (options?: ToJsOptions) => toJS(place, options)],
  ['$view', (place) => (options?: TransferOptions) => view(place, options)],
  ['$toDate', (place) => (options?: ToDateOptions) => toDate(place, options)],
  [
    '$dispose',
    (place) => () => {
      if (place.kind === 'call') place.call.dispose();
    },
  ],
]);

/** `x[0]`: undefined out of range, as JavaScript reads an index. */
export function index(place: Place, key: number): unknown {
  return place.link.proxyOf(on(place, 'index', [key], index), false);
}
