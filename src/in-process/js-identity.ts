import { types } from 'node:util';

import { JS_KINDS, KIND_RADIX } from './js-kinds.ts';
import { isIterable, isPlain } from './plain-object.ts';

type Shape = Readonly<Record<PropertyKey, unknown>>;

/** Around what was thrown and is no Error: Python needs an object to hold. */
export class Thrown {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

const sourceOf = (value: unknown): string => Function.prototype.toString.call(value);

/** `class` is called with `new`. Number, String and their kin are plain functions in callbacks. */
export function isClass(value: unknown): boolean {
  if (!Object.hasOwn(value as object, 'prototype')) return false;
  return sourceOf(value).startsWith('class') || MADE_BY_NEW.has(value);
}

// Constructors of the language that refuse to be called without `new`.
const MADE_BY_NEW: ReadonlySet<unknown> = new Set<unknown>([
  ...[Map, Set, WeakMap, WeakSet, WeakRef, Promise, Proxy, FinalizationRegistry],
  ...[ArrayBuffer, SharedArrayBuffer, DataView],
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array],
  ...[Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array],
]);

export const isError = (value: unknown): boolean =>
  types.isNativeError(value) || value instanceof Error;

/** How apache-arrow knows its own, whichever copy of it made them. */
const ARROW = ['Table', 'RecordBatch', 'Vector'].map((name) => Symbol.for(`apache-arrow/${name}`));

function copiedKind(value: object): number {
  if (Array.isArray(value)) return JS_KINDS.array;
  if (types.isMap(value)) return JS_KINDS.map;
  if (types.isSet(value)) return JS_KINDS.set;
  if (types.isSharedArrayBuffer(value)) return JS_KINDS.sharedBuffer;
  if (ARROW.some((mark) => (value as Shape)[mark] === true)) return JS_KINDS.arrow;
  return isPlain(value) && !isIterable(value) ? JS_KINDS.plain : JS_KINDS.none;
}

function heldKind(value: object): number {
  if (value instanceof Thrown) return JS_KINDS.thrown;
  if (isError(value)) return JS_KINDS.error;
  if (types.isPromise(value)) return JS_KINDS.promise;
  if (Symbol.iterator in value) {
    return typeof (value as Shape)['next'] === 'function' ? JS_KINDS.iterator : JS_KINDS.iterable;
  }
  return Symbol.asyncIterator in value ? JS_KINDS.asyncIterable : JS_KINDS.object;
}

/** What is copied otherwise, held live because `py.proxy()` said so. */
const FORCED: Readonly<Record<number, number>> = {
  [JS_KINDS.array]: JS_KINDS.sequence,
  [JS_KINDS.plain]: JS_KINDS.collection,
  [JS_KINDS.map]: JS_KINDS.collection,
  [JS_KINDS.set]: JS_KINDS.collection,
  [JS_KINDS.sharedBuffer]: JS_KINDS.object,
  [JS_KINDS.arrow]: JS_KINDS.iterable,
};

const numbers = new WeakMap<object, number>();
const forcedNumbers = new WeakMap<object, number>();
let count = 0;

function enter(table: WeakMap<object, number>, value: object, kind: number): number {
  count += 1;
  const number = count * KIND_RADIX + kind;
  table.set(value, number);
  return number;
}

function identifyObject(value: object, forced: boolean): number {
  const copied = copiedKind(value);
  if (copied !== JS_KINDS.none) {
    const kind = FORCED[copied];
    return forced && kind !== undefined ? enter(forcedNumbers, value, kind) : copied;
  }
  const kind = heldKind(value);
  // A rejection that Python holds is not unhandled: whoever awaits it gets the error.
  if (kind === JS_KINDS.promise) watch(value as Promise<unknown>);
  return enter(numbers, value, kind);
}

/**
 * The number under which Python knows a function or an object for as long as it lives, with its
 * kind; the kind alone for what is copied.
 */
export function identify(value: object, forced: boolean): number {
  const known = forced ? (forcedNumbers.get(value) ?? numbers.get(value)) : numbers.get(value);
  if (known !== undefined) return known;
  if (typeof value !== 'function') return identifyObject(value, forced);
  return enter(numbers, value, isClass(value) ? JS_KINDS.class : JS_KINDS.function);
}

type Settlement = { readonly value: unknown } | { readonly reason: unknown };

const settlements = new WeakMap<Promise<unknown>, Settlement>();

function watch(promise: Promise<unknown>): void {
  const note = (settlement: Settlement): void => {
    settlements.set(promise, settlement);
  };
  void Promise.prototype.then.call(
    promise,
    (value: unknown) => {
      note({ value });
    },
    (reason: unknown) => {
      note({ reason });
    },
  );
}

/** How a promise that Python holds was settled, as far as its handlers ran. */
export const settlementOf = (promise: Promise<unknown>): Settlement | undefined =>
  settlements.get(promise);
