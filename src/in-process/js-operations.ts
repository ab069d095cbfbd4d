import { writeSync } from 'node:fs';
import { inspect } from 'node:util';

import type { JsHooks } from '../native/js-binding.ts';
import { loadBinding } from '../native/load.ts';
import { settlementOf } from './js-identity.ts';
import { idOf, own } from './own.ts';

/** The answer for "there is no such thing": no value of a user's is ever this object. */
export const missing: object = Object.freeze({ missing: true });

type Key = PropertyKey;
type Live = Record<Key, unknown>;

const isKey = (key: unknown): key is string | number =>
  typeof key === 'string' || typeof key === 'number';

function attribute(value: Live, key: string): unknown {
  const found = value[key];
  return found === undefined && !(key in value) ? missing : found;
}

function setAttribute(value: Live, key: string, set: unknown): boolean {
  if (Reflect.set(value, key, set)) return true;
  throw new TypeError(`the property ${key} of this JavaScript object cannot be written`);
}

function deleteAttribute(value: Live, key: string): unknown {
  if (!Object.hasOwn(value, key)) return missing;
  if (Reflect.deleteProperty(value, key)) return true;
  throw new TypeError(`the property ${key} of this JavaScript object cannot be deleted`);
}

/** Python counts from the end with negative numbers; null: out of range, or no number. */
function place(list: readonly unknown[], key: unknown): number | null {
  if (typeof key !== 'number') return null;
  const index = key < 0 ? key + list.length : key;
  return index >= 0 && index < list.length ? index : null;
}

function item(value: Live, key: unknown): unknown {
  if (Array.isArray(value)) {
    const index = place(value, key);
    return index === null ? missing : value[index];
  }
  if (value instanceof Map) return value.has(key) ? value.get(key) : missing;
  return isKey(key) && key in value ? value[key] : missing;
}

function setItem(value: Live, key: unknown, set: unknown): unknown {
  if (Array.isArray(value)) {
    const index = place(value, key);
    if (index === null) return missing;
    value[index] = set;
  } else if (value instanceof Map) value.set(key, set);
  else if (isKey(key)) return setAttribute(value, String(key), set);
  else throw new TypeError('a property of a JavaScript object is a str or an int');
  return true;
}

function deleteItem(value: Live, key: unknown): unknown {
  if (Array.isArray(value)) {
    const index = place(value, key);
    if (index === null) return missing;
    value.splice(index, 1);
    return true;
  }
  if (value instanceof Map || value instanceof Set) return value.delete(key) || missing;
  return isKey(key) ? deleteAttribute(value, String(key)) : missing;
}

function contains(value: Live, key: unknown): boolean {
  if (Array.isArray(value)) return value.includes(key);
  if (value instanceof Map || value instanceof Set) return value.has(key);
  return isKey(key) && key in value;
}

function length(value: Live): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return Object.keys(value).length;
}

/** As Python iterates: a Map and a plain object by their keys. */
function iterator(value: Live & Iterable<unknown>): unknown {
  if (value instanceof Map) return value.keys();
  if (Symbol.iterator in value) return value[Symbol.iterator]();
  return Object.keys(value)[Symbol.iterator]();
}

let last: unknown;

function step(result: unknown): unknown {
  const { done, value } = result as { readonly done?: unknown; readonly value: unknown };
  if (done !== true) return value;
  last = value;
  return missing;
}

const advance = (source: Iterator<unknown>, ...sent: [] | [unknown]): unknown =>
  step(source.next(...sent));

/** The PythonError of an exception that came as a value; whatever else was thrown as it is. */
function raised(exception: unknown): unknown {
  if (idOf(exception) === undefined) return exception;
  try {
    return loadBinding().call(own('js', 'throw'), exception);
  } catch (error) {
    return error;
  }
}

function throwInto(source: Iterator<unknown>, exception: unknown): unknown {
  const error = raised(exception);
  if (typeof source.throw === 'function') return step(source.throw(error));
  source.return?.();
  throw error;
}

function close(source: Iterator<unknown>): void {
  source.return?.();
}

/** What the iterator that just ended returned. */
function ended(): unknown {
  const value = last;
  last = undefined;
  return value === undefined ? missing : value;
}

const asyncIterator = (value: AsyncIterable<unknown>): unknown => value[Symbol.asyncIterator]();

const isIdentifier = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);

/** For `dir()`: the names on the way up to what every object has. */
function names(value: object): string[] {
  const found = new Set<string>();
  for (let at: unknown = value; at !== null && at !== Object.prototype; ) {
    for (const name of Object.getOwnPropertyNames(at)) if (isIdentifier(name)) found.add(name);
    at = Object.getPrototypeOf(at);
  }
  return [...found];
}

/** What every object, array and function inherits says nothing. */
const PLAIN_TEXT: ReadonlySet<unknown> = new Set(
  [Object, Array, Function].map((made): unknown => Reflect.get(made.prototype, 'toString')),
);

/** `str()`: the object's own text where its class has one. */
function text(value: Live): unknown {
  const own: unknown = Reflect.get(value, 'toString');
  if (typeof own !== 'function' || PLAIN_TEXT.has(own)) return missing;
  return Reflect.apply(own, value, []) as string;
}

const REPRESENTED = 200;

function represent(value: unknown): string {
  const shown = inspect(value, { depth: 0, breakLength: Infinity, maxArrayLength: 10 });
  const short = shown.length > REPRESENTED ? `${shown.slice(0, REPRESENTED)}…` : shown;
  return `<JavaScript ${short}>`;
}

const functionName = (value: (...args: never) => unknown): string =>
  value.name === '' ? '<anonymous>' : value.name;

function settled(promise: Promise<unknown>): unknown {
  const settlement = settlementOf(promise);
  if (settlement === undefined) return missing;
  if ('reason' in settlement) throw settlement.reason;
  return settlement.value;
}

const PIPE_PAUSE_MS = 1;

function writeTicket(descriptor: number, ticket: Float64Array): void {
  try {
    writeSync(descriptor, ticket);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    setTimeout(writeTicket, PIPE_PAUSE_MS, descriptor, ticket);
  }
}

/** After `settled` knows of it: its handlers were there first. */
function notify(promise: Promise<unknown>, descriptor: number, ticket: number): void {
  const tell = (): void => {
    writeTicket(descriptor, Float64Array.of(ticket));
  };
  void Promise.prototype.then.call(promise, tell, tell);
}

type Operations = Omit<
  JsHooks,
  | 'decode'
  | 'decoderOf'
  | 'describe'
  | 'encode'
  | 'framesBetween'
  | 'identify'
  | 'keywords'
  | 'parameters'
  | 'prepareThrown'
  | 'probeStack'
  | 'toArrow'
  | 'traceOf'
>;

/** What native code asks of an object that Python holds. */
export const OPERATIONS: Operations = {
  missing,
  attribute,
  setAttribute,
  deleteAttribute,
  item,
  setItem,
  deleteItem,
  contains,
  length,
  iterator,
  advance,
  throwInto,
  close,
  ended,
  asyncIterator,
  names,
  text,
  represent,
  functionName,
  settled,
  notify,
};
