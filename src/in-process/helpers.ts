import { inspect } from 'node:util';

import type { HelperPacks } from '../contract/helpers.ts';
import { loadBinding } from '../native/load.ts';
import { isProbe } from './keys.ts';
import { idOf, own } from './own.ts';

/** What JavaScript asks every object for, promises and test runners foremost. */
function isAsked(key: string | symbol): key is symbol {
  return typeof key === 'symbol' || key === 'then' || key === 'toJSON' || isProbe(key);
}

interface Shelf {
  /** Throws where there is nothing of that name. */
  readonly get: (name: string) => unknown;
  readonly names: () => readonly string[];
  readonly title: string;
}

/** An object whose members come when they are asked for, and cannot be changed. */
function shelf({ get, names, title }: Shelf): object {
  const has = (key: string | symbol): boolean => typeof key === 'string' && names().includes(key);
  const target = { [inspect.custom]: () => `${title} { ${names().join(', ')} }` };
  return new Proxy(target, {
    get(_target, key) {
      if (key === inspect.custom) return target[inspect.custom];
      return isAsked(key) && !has(key) ? undefined : get(key as string);
    },
    has: (_target, key) => has(key),
    ownKeys: () => [...names()],
    getOwnPropertyDescriptor: (_target, key) =>
      has(key)
        ? { configurable: true, enumerable: true, get: () => get(key as string) }
        : undefined,
    set: () => false,
    deleteProperty: () => false,
    defineProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
}

function offered(name: string, file: string): readonly string[] {
  const binding = loadBinding();
  const list = binding.call(own('packs', 'names'), name, file);
  const names = binding.toData(idOf(list) ?? -1, { depth: -1, proxies: false, dates: false });
  binding.dispose(idOf(list) ?? -1);
  return names as string[];
}

/** For inspectors and completion, which must not throw: a broken pack shows nothing. */
function offeredOrNone(name: string, file: string): readonly string[] {
  try {
    return offered(name, file);
  } catch {
    return [];
  }
}

/** A pack is loaded when one of its functions is asked for. */
function pack(name: string, file: string): object {
  return shelf({
    title: `helper pack ${name}`,
    names: () => offeredOrNone(name, file),
    get: (member) => loadBinding().call(own('packs', 'member'), name, file, member),
  });
}

/** `py.helpers`: `py.helpers.<pack>.<function>(…)`. */
export function createHelpers(packs: HelperPacks): object {
  const made = new Map<string, object>();
  return shelf({
    title: 'helper packs',
    names: () => packs.names(),
    get: (name) => {
      const known = made.get(name) ?? pack(name, packs.file(name));
      made.set(name, known);
      return known;
    },
  });
}
