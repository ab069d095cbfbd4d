import type { HandleId } from '../native/binding.ts';
import { BRIDGE } from '../native/bridge.ts';
import { loadBinding } from '../native/load.ts';
import { nameOf } from './names.ts';

/** The handle's id of a proxy; undefined for everything else. */
export function idOf(value: unknown): HandleId | undefined {
  if (typeof value !== 'function') return undefined;
  const id: unknown = (value as { [BRIDGE]?: unknown })[BRIDGE];
  return typeof id === 'number' ? id : undefined;
}

/** A function of Python's that is held for good. */
export interface Held {
  readonly id: HandleId;
  /** Keeps the handle. */
  readonly proxy: unknown;
}

const known = new Map<string, Held>();
const keys = new Map<HandleId, string>();
const taken: HandleId[] = [];
/** The largest id in `keys`: every dispose asks, and most ids are of slots used many times. */
let largest: HandleId = -1;

/** Every id that was ever held, oldest first: a scope notes the length, and keeps what is newer. */
export const everHeld = (): readonly HandleId[] => taken;

/** The user disposed of a proxy that is one of ours too: it is taken anew when it is needed. */
export function forget(id: HandleId): void {
  const key = id > largest ? undefined : keys.get(id);
  if (key === undefined) return;
  keys.delete(id);
  known.delete(key);
}

/** `module.name`, taken from Python once. */
export function held(key: string, module: () => unknown, name: string): Held {
  const before = known.get(key);
  if (before !== undefined) return before;
  const proxy = loadBinding().getAttr(idOf(module()) as HandleId, nameOf(name));
  const made = { id: idOf(proxy) as HandleId, proxy };
  known.set(key, made);
  keys.set(made.id, key);
  largest = Math.max(largest, made.id);
  taken.push(made.id);
  return made;
}

/** A function of the builtins. */
export function builtin(name: string): HandleId {
  return held(`builtins.${name}`, () => loadBinding().import('builtins'), name).id;
}

/** A function of our own Python package, python/snakepit/<module>.py. */
export function own(module: string, name: string): HandleId {
  return held(`${module}.${name}`, () => loadBinding().importOwn(module), name).id;
}

/** Takes a proxy for good, so that no scope frees it. */
export function holdProxy(proxy: unknown): Held {
  const made = { id: idOf(proxy) as HandleId, proxy };
  taken.push(made.id);
  return made;
}
