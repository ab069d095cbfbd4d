import { inspect } from 'node:util';

import { isKw } from '../contract/kw.ts';
import { defineOnErrors, originOf, PythonError } from '../errors/python-errors.ts';
import type { Binding, HandleId } from '../native/binding.ts';
import { BRIDGE } from '../native/bridge.ts';
import { loadBinding } from '../native/load.ts';
import { bindLater, knownMethod, learnMethod, type Proxies } from './bound-method.ts';
import { CAPABILITIES } from './capabilities.ts';
import { reserved } from './checked.ts';
import { claim, fresh, freshFlags, freshId, isClaimed, waiting } from './fresh.ts';
import { indexOf, isDigits, isProbe } from './keys.ts';
import { noteBirth } from './live.ts';
import { callAny, dispose, MEMBERS, type Target, toJS } from './members.ts';
import { nameOf, notePlain, plainNames } from './names.ts';
import { idOf } from './own.ts';
import { declares, describe, SYMBOLS } from './symbols.ts';
import { CLASS, PLAIN, PythonObject } from './targets.ts';

/** Set by `installProxies`: a proxy exists only after it. */
let native: Binding;

/** By number of arguments: spreading an array costs as much as the call. */
export function callPlain(id: HandleId, args: readonly unknown[], last: unknown): unknown {
  switch (args.length) {
    case 0:
      return native.callLater(id);
    case 1:
      return native.callLater(id, last);
    case 2:
      return native.callLater(id, args[0], last);
    case 3:
      return native.callLater(id, args[0], args[1], last);
    default:
      return native.callLater(id, ...args);
  }
}

/** The keys that were listed last: `Object.keys` asks for each, which shall evaluate no property. */
let listed: { readonly id: HandleId; readonly names: ReadonlySet<string> } | null = null;

/** One per proxy; the traps are on the prototype, so a proxy costs two small objects. */
class Handler implements ProxyHandler<() => unknown>, Target {
  readonly id: HandleId;
  readonly flags: number;
  /**
   * The handle lives as long as its proxy does (native code holds it weakly), and the proxy as
   * long as its handler: V8 may forget a proxy while one of its traps runs.
   */
  proxy: unknown = undefined;

  constructor(id: HandleId, flags: number) {
    this.id = id;
    this.flags = flags;
  }

  get(_target: unknown, key: string | symbol): unknown {
    if (typeof key === 'symbol') {
      return key === BRIDGE ? this.id : SYMBOLS.get(key)?.(this);
    }
    if (key.charCodeAt(0) === 36 /* $ */) return this.#member(key);
    const name = plainNames.get(key);
    if (name === undefined) return this.#other(key);
    const method = knownMethod(this.flags, name);
    if (method !== undefined && method >= 0) return bindLater(this, method, proxies);
    const value = native.getAttrLater(this.id, name);
    if (value !== undefined) return value;
    const proxy = makeFresh();
    if (method === undefined) learnMethod(this, name);
    return proxy;
  }

  /** Any name for the first time, and those that are not just Python's. */
  #other(key: string): unknown {
    if (key === 'then') return undefined;
    if (key === 'constructor') return PythonObject;
    if (key === 'toJSON') return () => toJS(this);
    const index = indexOf(key, this.flags);
    if (index !== null) return native.index(this.id, index);
    if (isProbe(key)) return this.#probe(key);
    return native.getAttr(this.id, isDigits(key) ? nameOf(key) : notePlain(key));
  }

  /** What JavaScript asks of every object may fail only if Python's type has it. */
  #probe(key: string): unknown {
    try {
      const found = native.findAttr(this.id, nameOf(key));
      // A function that `new` takes has one, as far as JavaScript knows.
      const isClass = key === 'prototype' && (this.flags & CAPABILITIES.type) !== 0;
      return found === undefined && isClass ? CLASS.prototype : found;
    } catch (error) {
      if (!(error instanceof PythonError) || declares(this.proxy, key)) throw error;
      return undefined;
    }
  }

  #member(key: string): unknown {
    // The commonest by far.
    if (key === '$dispose') {
      return () => {
        dispose(this);
      };
    }
    const member = MEMBERS.get(key);
    if (member !== undefined) return member(this);
    if (key.startsWith('$$')) return undefined;
    throw new TypeError(
      `${key} is no member of a Python object; there are ${[...MEMBERS.keys()].join(', ')}`,
    );
  }

  apply(_target: unknown, _self: unknown, args: readonly unknown[]): unknown {
    const count = args.length;
    const last = args[count - 1];
    if (count > 0 && (last === undefined || isKw(last))) return callAny(this.id, args);
    const value = count === 1 ? native.callLater(this.id, last) : callPlain(this.id, args, last);
    return value === undefined ? makeFresh() : value;
  }

  construct(_target: unknown, args: readonly unknown[]): object {
    const last = args.at(-1);
    // `new` cannot give a primitive, so what would convert stays a Python object.
    if (!isKw(last)) return native.callForProxy(this.id, ...args) as object;
    const made = callAny(this.id, args);
    if (typeof made === 'object' || typeof made === 'function') return made as object;
    throw new TypeError('this class makes a plain value here; call it without `new`');
  }

  set(_target: unknown, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'symbol') return false;
    if (key.startsWith('$')) throw reserved(key);
    const index = indexOf(key, this.flags);
    if (index !== null) native.setItem(this.id, [index], value);
    else native.setAttr(this.id, nameOf(key), value);
    return true;
  }

  deleteProperty(_target: unknown, key: string | symbol): boolean {
    if (typeof key === 'symbol') return false;
    if (key.startsWith('$')) throw reserved(key);
    const index = indexOf(key, this.flags);
    if (index !== null) native.deleteItem(this.id, [index]);
    else native.deleteAttr(this.id, nameOf(key));
    return true;
  }

  has(target: object, key: string | symbol): boolean {
    if (typeof key === 'symbol') return key === BRIDGE || SYMBOLS.get(key)?.(this) !== undefined;
    if (Object.hasOwn(target, key)) return true;
    if (key.startsWith('$')) return MEMBERS.has(key);
    return native.hasAttr(this.id, nameOf(key));
  }

  /** dir() without dunders. Never the items: nobody shall enumerate a tensor. */
  ownKeys(target: object): (string | symbol)[] {
    const fixed = Reflect.ownKeys(target).filter((key) => key === 'prototype');
    try {
      const names = native.names(this.id);
      listed = { id: this.id, names: new Set(names) };
      return [...new Set([...fixed, ...names])];
    } catch {
      return fixed;
    }
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (key === 'prototype' || typeof key === 'symbol') {
      return Reflect.getOwnPropertyDescriptor(target, key);
    }
    if (key.startsWith('$') || indexOf(key, this.flags) !== null) return undefined;
    const isListed = listed?.id === this.id && listed.names.has(key);
    if (!isListed && !native.hasAttr(this.id, nameOf(key))) return undefined;
    // Not enumerable: a spread of a proxy is empty. Read only when asked.
    const get = (): unknown => native.getAttr(this.id, nameOf(key));
    return { configurable: true, enumerable: false, get };
  }

  /** With `showProxy` an inspector looks here too. */
  [inspect.custom](): string {
    return describe(this.proxy);
  }

  // The target is shared by all proxies, so nothing may be defined on it.
  defineProperty(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }
}

function makeProxy(id: HandleId, flags: number): unknown {
  const handler = new Handler(id, flags);
  const proxy = new Proxy((flags & CAPABILITIES.type) === 0 ? PLAIN : CLASS, handler);
  handler.proxy = proxy;
  noteBirth(id);
  return proxy;
}

/** The proxy of the object that the native call just now came back with. */
export function makeFresh(): unknown {
  if (isClaimed()) return undefined; // which is the value, and no word for "later"
  return claim(makeProxy(freshId(), freshFlags()));
}

const proxies: Proxies = {
  makeFresh,
  adopt(id, flags, proxy) {
    const handler = new Handler(id, flags);
    handler.proxy = proxy;
    return handler;
  },
};

/** Once a JS thread, before Python starts. */
export function installProxies(): void {
  native = loadBinding();
  native.install({ makeProxy, fresh, waiting });
  // An exception that came from Python goes back as the same object.
  defineOnErrors(BRIDGE, function () {
    return originId(this);
  });
}

function originId(error: PythonError): HandleId | undefined {
  return idOf(originOf(error));
}
