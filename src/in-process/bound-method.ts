import { inspect } from 'node:util';

import { isKw } from '../contract/kw.ts';
import type { Binding, HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import type { Target } from './members.ts';
import { describe } from './symbols.ts';
import { PLAIN } from './targets.ts';

/** Set with the first method: a proxy is older. */
let native: Binding;

/** The flags' bits from here on number a type whose methods cannot change (TypeFlag in C++). */
const TYPE_SHIFT = 13;

/**
 * What the names of such a type are, by the type's number and then the name's: a method's number, or
 * -1. ndarray.sum can neither be replaced nor hidden by an attribute of one array, so that it need
 * not be asked for again.
 */
const known: (number[] | undefined)[] = [];

/** A method's number; -1: the name is none; undefined: not known, or not for ever. */
export function knownMethod(flags: number, name: number): number | undefined {
  return known[flags >>> TYPE_SHIFT]?.[name];
}

/** Asks once for a name that was found on the target. */
export function learnMethod({ id, flags }: Target, name: number): void {
  const type = flags >>> TYPE_SHIFT;
  if (type !== 0) (known[type] ??= [])[name] = loadBinding().methodOf(id, name);
}

type Key = string | symbol;
type Traps = Required<
  Pick<ProxyHandler<() => unknown>, 'apply' | 'get' | 'set' | 'has' | 'deleteProperty' | 'ownKeys'>
> &
  Required<Pick<ProxyHandler<() => unknown>, 'getOwnPropertyDescriptor'>>;

/** What the general proxies lend. */
export interface Proxies {
  /** The handler of an object for a proxy that is there already. */
  adopt(id: HandleId, flags: number, proxy: unknown): Traps;
  makeFresh(): unknown;
}

/**
 * `array.sum`: an object and the number of a method, which is all that a call needs: no object of
 * Python's, no handle. Everything else makes Python's bound method, once.
 */
class BoundMethod implements Traps {
  readonly #owner: Target;
  readonly #method: number;
  readonly #proxies: Proxies;
  #bound: Traps | undefined;
  proxy: unknown;

  constructor(owner: Target, method: number, proxies: Proxies) {
    this.#owner = owner;
    this.#method = method;
    this.#proxies = proxies;
  }

  #bind(): Traps {
    if (this.#bound !== undefined) return this.#bound;
    const [id, flags] = native.bindMethod(this.#owner.id, this.#method, this.proxy);
    this.#bound = this.#proxies.adopt(id, flags, this.proxy);
    return this.#bound;
  }

  apply(target: () => unknown, self: unknown, args: unknown[]): unknown {
    const count = args.length;
    const last = args[count - 1];
    const special = count > 0 && (last === undefined || isKw(last));
    if (special || this.#bound !== undefined) return this.#bind().apply(target, self, args);
    const value =
      count === 0
        ? native.callMethodLater(this.#owner.id, this.#method)
        : native.callMethodLater(this.#owner.id, this.#method, ...args);
    return value === undefined ? this.#proxies.makeFresh() : value;
  }

  get(target: () => unknown, key: Key, receiver: unknown): unknown {
    return this.#bind().get(target, key, receiver);
  }

  set(target: () => unknown, key: Key, value: unknown, receiver: unknown): boolean {
    return this.#bind().set(target, key, value, receiver);
  }

  has(target: () => unknown, key: Key): boolean {
    return this.#bind().has(target, key);
  }

  deleteProperty(target: () => unknown, key: Key): boolean {
    return this.#bind().deleteProperty(target, key);
  }

  ownKeys(target: () => unknown): ArrayLike<Key> {
    return this.#bind().ownKeys(target);
  }

  getOwnPropertyDescriptor(target: () => unknown, key: Key): PropertyDescriptor | undefined {
    return this.#bind().getOwnPropertyDescriptor(target, key);
  }

  defineProperty(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  [inspect.custom](): string {
    return describe(this.proxy);
  }
}

/** The proxy of a method of the owner; the owner lives as long. */
export function bindLater(owner: Target, method: number, proxies: Proxies): unknown {
  native = loadBinding();
  const handler = new BoundMethod(owner, method, proxies);
  handler.proxy = new Proxy(PLAIN, handler);
  return handler.proxy;
}
