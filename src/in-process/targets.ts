import { inspect } from 'node:util';

import { idOf } from './own.ts';
import { describe } from './symbols.ts';

/** Inspectors look at a proxy's target without any trap, and call its custom member on the proxy. */
function bare<T extends object>(target: T): T {
  for (const key of ['length', 'name']) Reflect.deleteProperty(target, key);
  const custom = function (this: unknown): string {
    return idOf(this) === undefined ? '[Python object]' : describe(this);
  };
  return Object.defineProperty(target, inspect.custom, { value: custom, configurable: true });
}

/** The target of all proxies but those of types. An arrow function has no `prototype`. */
export const PLAIN: () => unknown = bare(() => undefined);

/** A type needs a target that `new` accepts. */
export const CLASS: () => unknown = bare(function () {
  return undefined;
});
