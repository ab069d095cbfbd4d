import { show } from '../contract/fields.ts';
import { loadBinding } from '../native/load.ts';
import { builtin, idOf } from './own.ts';

/** The result stays a Python object, also where it would convert: `py.float(3)` is a float. */
const make = (name: string, ...args: readonly unknown[]): unknown =>
  loadBinding().callForProxy(builtin(name), ...args);

export const tuple = (...items: readonly unknown[]): unknown => make('tuple', items);

/** A Python iterable goes as it is: through JavaScript its elements would be converted. */
function set(items: unknown): unknown {
  if (idOf(items) !== undefined) return make('set', items);
  const iterable = items as Partial<Iterable<unknown>> | null | undefined;
  if (typeof iterable?.[Symbol.iterator] === 'function') {
    return make('set', [...(iterable as Iterable<unknown>)]);
  }
  throw new TypeError(`py.set(items) takes something to iterate over, got ${show(items)}`);
}

/** bytes(5) would be five zeros, and a text has no encoding here. */
function bytes(data: unknown): unknown {
  const binary =
    ArrayBuffer.isView(data) || data instanceof ArrayBuffer || data instanceof SharedArrayBuffer;
  if (binary || Array.isArray(data) || idOf(data) !== undefined) return make('bytes', data);
  const instead = typeof data === 'string' ? '; of a text: py.bytes(Buffer.from(text))' : '';
  throw new TypeError(`py.bytes(data) takes a Uint8Array, got ${show(data)}${instead}`);
}

/** `slice(stop)` is Python's habit; here the places are always start, stop, step. */
function slice(start?: unknown, stop?: unknown, step?: unknown): unknown {
  return make('slice', start ?? null, stop ?? null, step ?? null);
}

function proxy(value: unknown): unknown {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) {
    return idOf(value) === undefined ? loadBinding().hold(value) : value;
  }
  throw new TypeError(`py.proxy(value) takes an object of JavaScript, got ${show(value)}`);
}

function weak(callback: unknown): unknown {
  if (typeof callback === 'function' && idOf(callback) === undefined) {
    return loadBinding().holdWeakly(callback as (...args: never) => unknown);
  }
  throw new TypeError(`py.weak(fn) takes a function of JavaScript, got ${show(callback)}`);
}

/** Values that would be something else, or nothing, if they were converted. */
export const values: Readonly<Record<string, (...args: never) => unknown>> = {
  tuple,
  set,
  bytes,
  int: (value: unknown) => make('int', value),
  float: (value: unknown) => make('float', value),
  slice,
  proxy,
  weak,
};
