/**
 * `instanceof` by registered symbols: an error of another copy of the package, or one rebuilt
 * from a worker's record, answers like our own.
 */

/** On every error of our own: its code. */
export const CODE: unique symbol = Symbol.for('snakepit.error.code');

/** On every Python error: the qualified names of its MRO. */
export const MRO: unique symbol = Symbol.for('snakepit.error.mro');

interface Branded {
  readonly [CODE]?: unknown;
  readonly [MRO]?: unknown;
}

/** The code of one of our own errors, whichever copy of the package made it. */
export function codeOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const code = (value as Branded)[CODE];
  return typeof code === 'string' ? code : null;
}

/** The MRO of a Python error, own name first, whichever copy of the package made it. */
export function mroOf(value: unknown): readonly string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const mro = (value as Branded)[MRO];
  return Array.isArray(mro) ? (mro as readonly string[]) : null;
}

/** What `instanceof` means without us: a user's own subclass goes by its prototype. */
export function byPrototype(constructor: unknown, value: unknown): boolean {
  return Function.prototype[Symbol.hasInstance].call(constructor, value);
}

/** On every Python error: what gives its placement the live exception back. */
export const ORIGIN: unique symbol = Symbol.for('snakepit.error.origin');

/**
 * What the placement that made a Python error put into its record as `origin`; undefined for
 * every other value. With it an error that is thrown back is the same exception in Python.
 */
export function originOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { readonly [ORIGIN]?: unknown })[ORIGIN];
}

/** On every Python error: V8's text of the stack where it was caught. */
export const AT: unique symbol = Symbol.for('snakepit.error.at');

/** Where JavaScript stood when it caught a Python error; undefined for every other value. */
export function caughtAt(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { readonly [AT]?: unknown })[AT];
}
