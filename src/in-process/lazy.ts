import { inspect } from 'node:util';

import { checkedName } from './checked.ts';
import { importModule } from './host-libraries.ts';
import { bare } from './targets.ts';

/**
 * `py.lazy`: stands for a module until something is asked of it. What asks every object (`then`,
 * inspectors) imports nothing. An import that failed is tried again at the next use, as in Python.
 */
export function lazy(raw: unknown): unknown {
  const name = checkedName(raw, 'py.lazy(name)');
  let module: object | undefined;
  const load = (): object => (module ??= importModule(name) as object);
  const custom = (): string =>
    module === undefined ? `<module ${name}, not imported yet>` : inspect(module);
  const target = bare(() => undefined, custom);
  return new Proxy(target, {
    get(_target, key) {
      if (key === 'then' && module === undefined) return undefined;
      if (key === inspect.custom) return custom;
      return Reflect.get(load(), key) as unknown;
    },
    set: (_target, key, value) => Reflect.set(load(), key, value),
    has: (_target, key) => Reflect.has(load(), key),
    deleteProperty: (_target, key) => Reflect.deleteProperty(load(), key),
    ownKeys: () => Reflect.ownKeys(load()),
    getOwnPropertyDescriptor: (_target, key) => Reflect.getOwnPropertyDescriptor(load(), key),
    apply: (_target, self, args) => Reflect.apply(load() as () => unknown, self, args) as unknown,
    defineProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
}
