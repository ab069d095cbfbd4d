import { inspect } from 'node:util';

import { HandleElsewhereError } from '../errors/worker-errors.ts';
import { BRIDGE } from '../native/bridge.ts';
import { index, MEMBERS } from './members.ts';
import { type Above, assign, attributeOf, invoke, type Place, placeOf, remember } from './place.ts';
import { RemoteIterator } from './remote-iterator.ts';
import { settle } from './results.ts';
import { readArguments, snapshot } from './snapshot.ts';

// Asked for by test runners, frameworks and inspectors on every object they meet.
const NEVER_PYTHON: ReadonlySet<string> = new Set([
  ...['asymmetricMatch', 'nodeType', 'tagName', 'hasAttribute', 'toStringTag', 'inspect'],
  ...['_isMockFunction', 'getMockName', 'isImmutable', 'constructor', 'prototype'],
]);

const DIGITS = /^-?\d+$/;

function nameOf(place: Place): string {
  if (place.kind === 'module') return place.module;
  if (place.kind === 'attribute') return `${nameOf(place.of)}.${place.path}`;
  const { kept, spec } = place.call;
  return kept?.type ?? spec.name ?? spec.op;
}

function noPrimitive(place: Place): never {
  throw new TypeError(
    `${nameOf(place)} lies in ${place.link.name}: await it before it is used as a value.`,
  );
}

function noJson(): never {
  throw new TypeError('A remote object has no JSON text: await its $toJS() first.');
}

/** For a call of the synchronous face: the handle of an object that lies in this process. */
function bridgeOf(place: Place, settled: boolean): unknown {
  const { here, name } = place.link;
  if (here === undefined) {
    throw new HandleElsewhereError(
      `${nameOf(place)} is an object of ${name}, and this call runs on the synchronous face. Objects ` +
        'stay where they are: make the call there, or pass data ($toJS(), fromNumpy()).',
    );
  }
  const call = settled && place.kind === 'call' ? place.call : null;
  call?.assertUsable();
  const id = call?.kept?.here(here);
  if (id !== undefined) return id;
  throw new HandleElsewhereError(
    `${nameOf(place)} of ${name} is not there yet: await it before a synchronous call uses it.`,
  );
}

function symbolMember(place: Place, key: symbol, settled: boolean): unknown {
  switch (key) {
    case BRIDGE:
      return bridgeOf(place, settled);
    case Symbol.asyncIterator:
      return () => new RemoteIterator(place);
    case Symbol.asyncDispose:
      if (!settled) return undefined;
      return () => {
        if (place.kind === 'call') place.call.dispose();
        return Promise.resolve();
      };
    case Symbol.toPrimitive:
      return () => noPrimitive(place);
    default:
      return undefined;
  }
}

function member(place: Place, key: string, settled: boolean): unknown {
  if (key === 'then') {
    if (settled) return undefined;
    return (resolve?: (value: unknown) => unknown, reject?: (error: unknown) => unknown) =>
      settle(place).then(resolve, reject);
  }
  if (key.startsWith('$')) {
    const known = MEMBERS.get(key);
    if (known !== undefined) return known(place);
    const n = key === '$ref' && settled && place.kind === 'call' ? place.call.kept?.n : undefined;
    return n === undefined ? undefined : place.link.executor.refOf(n);
  }
  if (key === 'toJSON') return noJson;
  if (key.startsWith('@@') || NEVER_PYTHON.has(key)) return undefined;
  if (DIGITS.test(key)) return index(place, Number(key));
  return proxyOf(attributeOf(place, key), false);
}

class Traps implements ProxyHandler<object> {
  readonly #place: Place;
  readonly #settled: boolean;

  constructor(place: Place, settled: boolean) {
    this.#place = place;
    this.#settled = settled;
  }

  get(_target: object, key: string | symbol): unknown {
    return typeof key === 'symbol'
      ? symbolMember(this.#place, key, this.#settled)
      : member(this.#place, key, this.#settled);
  }

  apply(_target: object, _self: unknown, args: readonly unknown[]): unknown {
    const given = readArguments(this.#place.link, args);
    return proxyOf(invoke(this.#place, given, APPLY), false);
  }

  construct(target: object, args: readonly unknown[]): object {
    return this.apply(target, undefined, args) as object;
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'symbol' || key.startsWith('$')) return false;
    const given = snapshot(this.#place.link, [value], {});
    assign(this.#place, { op: 'set_attr', name: key, given }, SET);
    return true;
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (typeof key === 'symbol' || key.startsWith('$')) return false;
    assign(this.#place, { op: 'del_attr', name: key }, SET);
    return true;
  }

  /** Only what is here is known: ask `await face.getattr(x, name)` for the rest. */
  has(_target: object, key: string | symbol): boolean {
    return typeof key === 'string' && (MEMBERS.has(key) || (key === 'then' && !this.#settled));
  }

  getPrototypeOf(): object | null {
    return null;
  }
}

const { apply: APPLY, set: SET } = Traps.prototype as unknown as Record<'apply' | 'set', Above>;

/** What all proxies share: a function, so that they can be called and constructed. */
const TARGET: object = Object.defineProperty(function remote() {}, inspect.custom, {
  // Inspectors look past a Proxy at its target, and call this on the proxy.
  value(this: unknown): string {
    const place = placeOf(this);
    if (place === undefined) return '[remote Python object]';
    const settled = (this as { readonly then?: unknown }).then === undefined;
    return `${settled ? 'Ref' : 'Remote'} <${nameOf(place)} in ${place.link.name}>`;
  },
});

/** The proxy of a place: a promise of its value, or a settled handle, which has no `then`. */
export function proxyOf(place: Place, settled: boolean): unknown {
  const proxy = new Proxy(TARGET, new Traps(place, settled));
  remember(proxy, place);
  return proxy;
}
