import { inspect } from 'node:util';

import { idOf } from './own.ts';
import { describe } from './symbols.ts';

/**
 * A function without members of its own, for a Proxy to stand on: inspectors look at it without any
 * trap, and call its custom member on the proxy.
 */
export function bare<T extends object>(target: T, custom: (this: unknown) => string): T {
  for (const key of ['length', 'name']) Reflect.deleteProperty(target, key);
  return Object.defineProperty(target, inspect.custom, { value: custom, configurable: true });
}

function summary(this: unknown): string {
  return idOf(this) === undefined ? '[Python object]' : describe(this);
}

/** What all proxies share; an arrow function has no `prototype`. */
export const PLAIN: () => unknown = bare(() => undefined, summary);

/** A type needs a target that `new` accepts. */
export const CLASS: { readonly prototype: object } & (() => unknown) = bare(function () {
  return undefined;
}, summary);

/** What `constructor` answers, and what `instanceof` recognises a proxy by. */
export function PythonObject(): void {
  throw new TypeError('a Python object is made by calling its Python type');
}
Object.defineProperty(PythonObject, Symbol.hasInstance, {
  value: (value: unknown): boolean => idOf(value) !== undefined,
});
