import { asyncFace } from './lift.ts';
import { show } from '../contract/fields.ts';
import { formatRef } from '../contract/handle.ts';
import { isKw, kw } from '../contract/kw.ts';
import {
  type CallSettings,
  readCallOptions,
  readToJsOptions,
  type ToDateOptions,
  type ToJsOptions,
} from '../contract/options.ts';
import type { TransferOptions } from '../contract/tensor.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { underCopyPolicy, view } from '../tensor/transfer.ts';
import { fromArrow } from './arrow.ts';
import { CAPABILITIES } from './capabilities.ts';
import { checkedName } from './checked.ts';
import { nameOf } from './names.ts';
import { underOnError } from './on-error.ts';
import { toDate } from './to-date.ts';
import { forget, own } from './own.ts';

/** What a member needs to know about its proxy. */
export interface Target {
  readonly id: HandleId;
  readonly flags: number;
  /** Itself; a closure that holds the target keeps the handle. */
  readonly proxy: unknown;
}

/** Calls with keywords: the `Kw` in last place, or none. */
export function callWith(
  id: HandleId,
  args: readonly unknown[],
  kwargs: { readonly values: object } | null,
): unknown {
  let count = args.length;
  // JavaScript's habit of passing undefined for "not given".
  while (count > 0 && args[count - 1] === undefined) count -= 1;
  const given = count === args.length ? args : args.slice(0, count);
  if (kwargs === null) return loadBinding().call(id, ...given);
  const { values } = kwargs;
  return loadBinding().callWithKeywords(id, given, Object.keys(values), Object.values(values));
}

/** The general call: keywords and undefined in last places are understood. */
export function callAny(id: HandleId, args: readonly unknown[]): unknown {
  const last = args.at(-1);
  return isKw(last) ? callWith(id, args.slice(0, -1), last) : callWith(id, args, null);
}

/**
 * A text is slice grammar on array-like types only; Python decides what it means there. Comes before
 * the id is read: an id alone does not keep its handle across an entry into native code.
 */
function keysOf(target: Target, keys: readonly unknown[]): readonly unknown[] {
  if ((target.flags & CAPABILITIES.arrayLike) === 0) return keys;
  if (!keys.some((key) => typeof key === 'string')) return keys;
  const binding = loadBinding();
  return [binding.callForProxy(own('slices', 'key'), keys)];
}

function put(target: Target, args: readonly unknown[]): void {
  if (args.length < 2) throw new TypeError('$put takes keys and then the value: $put(key, value)');
  const keys = keysOf(target, args.slice(0, -1));
  loadBinding().setItem(target.id, keys, args.at(-1));
}

function remove(target: Target, given: readonly unknown[]): void {
  if (given.length === 0) throw new TypeError('$del takes the key of an item: $del(key)');
  const keys = keysOf(target, given);
  loadBinding().deleteItem(target.id, keys);
}

/** What a synchronous call can do; the other options need somebody who waits for it. */
const HEEDED: ReadonlySet<string> = new Set(['idempotent', 'copy', 'onError']);

function readHeeded(options: unknown): CallSettings {
  const settings = readCallOptions(options);
  const unheeded = Object.entries(settings).find(
    ([name, value]) => value !== null && !HEEDED.has(name),
  );
  if (unheeded === undefined) return settings;
  throw new TypeError(
    `$call(args, kwargs, options): a synchronous call cannot heed \`${unheeded[0]}\`, since it ` +
      'holds its thread until it returns',
  );
}

/** `$call(args, kwargs)`: the keywords may be a plain object here, for they have a place. */
function call(target: Target, args: unknown, kwargs?: object, options?: unknown): unknown {
  if (!Array.isArray(args)) {
    throw new TypeError(
      `$call(args, kwargs) takes an array of arguments, got ${show(args)}; write $call([x])`,
    );
  }
  const named = kwargs === undefined ? null : kw(kwargs);
  const plain = (): unknown => callWith(target.id, args, named);
  if (options === undefined) return plain();
  const { copy, onError } = readHeeded(options);
  const run =
    onError === null ? plain : () => underOnError(onError, target.proxy, args, named, plain);
  return copy === null ? run() : underCopyPolicy(copy, run);
}

export function toJS(target: Target, options?: ToJsOptions): unknown {
  const { depth, fallback, dates } = readToJsOptions(options);
  return loadBinding().toData(target.id, {
    depth: depth ?? -1,
    proxies: fallback === 'proxy',
    dates: dates === 'date',
  });
}

export function dispose(target: Target): void {
  forget(target.id);
  loadBinding().dispose(target.id);
}

type Member = (target: Target) => unknown;

/** Everything the bridge adds to a proxy. Python cannot spell these names. */
export const MEMBERS: ReadonlyMap<string, Member> = new Map<string, Member>([
  [
    '$attr',
    (target) => (name: unknown) =>
      loadBinding().getAttr(target.id, nameOf(checkedName(name, '$attr(name)'))),
  ],
  [
    '$at',
    (target) =>
      (...given: unknown[]) => {
        const keys = keysOf(target, given);
        return loadBinding().getItem(target.id, keys);
      },
  ],
  [
    '$put',
    (target) =>
      (...args: unknown[]) => {
        put(target, args);
      },
  ],
  [
    '$del',
    (target) =>
      (...given: unknown[]) => {
        remove(target, given);
      },
  ],
  [
    '$call',
    (target) =>
      (args: unknown = [], kwargs?: object, options?: unknown) =>
        call(target, args, kwargs, options),
  ],
  ['$toJS', (target) => (options?: ToJsOptions) => toJS(target, options)],
  [
    '$toDate',
    ({ proxy }) =>
      (options?: ToDateOptions) =>
        toDate(proxy, options),
  ],
  [
    '$arrow',
    ({ proxy }) =>
      () =>
        fromArrow(proxy),
  ],
  ['$async', ({ proxy }) => asyncFace().lift(proxy)],
  ['$view', (target) => (options?: TransferOptions) => view(target.proxy, options)],
  ['$ref', ({ id }) => formatRef({ worker: 'host', generation: 0, session: '', n: id })],
  [
    '$dispose',
    (target) => () => {
      dispose(target);
    },
  ],
]);
