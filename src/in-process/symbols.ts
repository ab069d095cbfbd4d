import { inspect } from 'node:util';

import { originOf } from '../errors/python-errors.ts';
import { loadBinding } from '../native/load.ts';
import { CAPABILITIES } from './capabilities.ts';
import { PythonIterator } from './iterate.ts';
import { dispose, type Target } from './members.ts';
import { builtin, idOf, own } from './own.ts';

function toPrimitive(target: Target, hint: string): unknown {
  if (hint === 'number') return loadBinding().call(builtin('float'), target.proxy);
  return loadBinding().text(target.id, false);
}

type SymbolMember = (target: Target) => unknown;

/** What the symbols that JavaScript knows mean on a proxy. */
export const SYMBOLS: ReadonlyMap<symbol, SymbolMember> = new Map<symbol, SymbolMember>([
  [
    Symbol.iterator,
    (target) =>
      (target.flags & CAPABILITIES.iterable) === 0 ? undefined : () => new PythonIterator(target),
  ],
  [Symbol.toPrimitive, (target) => (hint: string) => toPrimitive(target, hint)],
  [
    Symbol.dispose,
    (target) => () => {
      dispose(target);
    },
  ],
  [
    Symbol.hasInstance,
    (target) =>
      (target.flags & CAPABILITIES.type) === 0
        ? undefined
        : (value: unknown) =>
            (idOf(value) ?? idOf(originOf(value))) !== undefined &&
            loadBinding().call(builtin('isinstance'), value, target.proxy),
  ],
  [
    inspect.custom,
    ({ proxy }) =>
      () =>
        describe(proxy),
  ],
]);

/** For people: type and the like, no element is touched and nothing thrown. */
export function describe(proxy: unknown): string {
  try {
    return loadBinding().call(own('inspect', 'summary'), proxy) as string;
  } catch (error) {
    return `<Python object: ${error instanceof Error ? error.message : 'unreadable'}>`;
  }
}

/** Whether its type, or the object, has this name, without running any of its code. */
export function declares(proxy: unknown, name: string): boolean {
  return loadBinding().call(own('inspect', 'declares'), proxy, name) as boolean;
}
