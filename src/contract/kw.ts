/** Registered, so that two copies of the package in one process know each other's values. */
export const KW: unique symbol = Symbol.for('snakepit.kw');

/**
 * Keyword arguments, in last place of a call. A value of its own, so that a plain object is
 * always a dict and never guessed to be keywords. Only `kw()` makes one.
 */
export interface Kw<T extends object = Record<string, unknown>> {
  /** The keywords; those that were undefined are absent. */
  readonly values: Readonly<T>;
  /** Never there at run time: makes an unknown keyword a type error even beside known ones. */
  readonly $names?: keyof T;
}

// A class, so that a printed value reads `Kw { values: … }` and carries its brand unseen.
const Branded = class Kw<T extends object> {
  readonly values: Readonly<T>;

  constructor(values: T) {
    this.values = values;
    Object.freeze(this);
  }
};

Object.defineProperty(Branded.prototype, KW, { value: true });

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return typeof value;
  const { constructor: made } = value as { readonly constructor?: unknown };
  return typeof made === 'function' ? `a ${made.name}` : 'an object';
}

/**
 * Marks keyword arguments.
 *
 * @example
 * np.linalg.norm(a, kw({ ord: 2 }));
 */
export function kw<T extends object>(values: T): Kw<T> {
  if (isKw(values)) return values as unknown as Kw<T>;
  // The tag is right for objects of another realm too, and false for a Map or a Python proxy.
  if (Object.prototype.toString.call(values) !== '[object Object]') {
    throw new TypeError(
      `kw() takes a plain object of keyword arguments, got ${describe(values)}; write kw({ name: value })`,
    );
  }
  // A spread copies own keys as they are, "__proto__" included.
  const own = { ...values } as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(own)) {
    if (typeof key === 'symbol') {
      throw new TypeError(`kw() got ${String(key)} as a keyword; Python's keywords are strings`);
    }
    if (own[key] === undefined) Reflect.deleteProperty(own, key);
  }
  return new Branded(Object.freeze(own) as T);
}

/**
 * Whether `value` was made by `kw()`, of this copy of the package or another.
 *
 * @example
 * function callback(...args: unknown[]) {
 *   const last = args.at(-1);
 *   if (isKw(last)) console.log(last.values);
 * }
 */
export function isKw(value: unknown): value is Kw {
  return typeof value === 'object' && value !== null && (value as { [KW]?: unknown })[KW] === true;
}
