import { errors } from '../errors/python-errors.ts';
import type { HandleId, Step } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import type { Target } from './members.ts';
import { nameOf } from './names.ts';
import { idOf } from './own.ts';
import { raising } from './raising.ts';

type Method = (...args: readonly unknown[]) => unknown;

/** Where the engine has helpers for iterators (`map`, `take`, …), these have them too. */
const IteratorPrototype: object = Object.getPrototypeOf(
  Object.getPrototypeOf(new Map().values()),
) as object;

/** Python's iterator protocol behind JavaScript's: next sends, return closes, throw throws. */
export class PythonIterator implements Iterator<unknown> {
  readonly #id: HandleId;
  /** Keeps the handle while the iteration runs. */
  #proxy: unknown;
  /** Made for this iteration only, so it is let go at the end of it. */
  readonly #own: boolean;

  constructor(source: Target) {
    this.#proxy = loadBinding().iterate(source.id);
    this.#id = idOf(this.#proxy) as HandleId;
    this.#own = this.#proxy !== source.proxy;
  }

  next(sent?: unknown): IteratorResult<unknown> {
    if (this.#proxy === null) return { done: true, value: undefined };
    const step: Step = { done: false };
    // What raises is not at its end for that: a generator is, and says so when it is asked again.
    const value = loadBinding().next(this.#id, step, sent);
    if (!step.done) return { done: false, value };
    this.#end();
    // A plain end has no value; a generator's `return x` has.
    return { done: true, value: value === null ? undefined : value };
  }

  return(value?: unknown): IteratorResult<unknown> {
    try {
      // Only a generator is closed: a file is an iterator too, and lives on after `break`.
      if (this.#find('throw') !== undefined) this.#find('close')?.();
    } finally {
      this.#end();
    }
    return { done: true, value };
  }

  throw(error: unknown): IteratorResult<unknown> {
    const raise = this.#find('throw');
    if (raise === undefined) {
      this.#end();
      throw error;
    }
    const { exception, back } = raising(error);
    try {
      return { done: false, value: raise(exception) };
    } catch (raised) {
      this.#end();
      if (!(raised instanceof errors.StopIteration)) throw back(raised);
      return { done: true, value: raised.args[0] };
    }
  }

  /** A method of the iterator, if it has one and the iteration still runs. */
  #find(name: string): Method | undefined {
    if (this.#proxy === null) return undefined;
    return loadBinding().findAttr(this.#id, nameOf(name)) as Method | undefined;
  }

  #end(): void {
    if (this.#proxy === null) return;
    this.#proxy = null;
    if (this.#own) loadBinding().dispose(this.#id);
  }
}
Object.setPrototypeOf(PythonIterator.prototype, IteratorPrototype);
