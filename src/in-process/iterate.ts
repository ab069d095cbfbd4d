import { errors, originOf } from '../errors/python-errors.ts';
import type { HandleId, Step } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import type { Target } from './members.ts';
import { nameOf } from './names.ts';
import { idOf } from './own.ts';

/** Python's iterator protocol behind JavaScript's: next sends, return closes, throw throws. */
export class PythonIterator implements IterableIterator<unknown> {
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

  [Symbol.iterator](): this {
    return this;
  }

  next(sent?: unknown): IteratorResult<unknown> {
    if (this.#proxy === null) return { done: true, value: undefined };
    const step: Step = { done: false };
    let value: unknown;
    try {
      value = loadBinding().next(this.#id, step, sent);
    } catch (error) {
      this.#end();
      throw error;
    }
    if (!step.done) return { done: false, value };
    this.#end();
    // A plain end has no value; a generator's `return x` has.
    return { done: true, value: value === null ? undefined : value };
  }

  return(value?: unknown): IteratorResult<unknown> {
    if (this.#proxy !== null) {
      try {
        const close = this.#find('close');
        if (close !== undefined) loadBinding().call(close);
      } finally {
        this.#end();
      }
    }
    return { done: true, value };
  }

  throw(error: unknown): IteratorResult<unknown> {
    const raise = this.#proxy === null ? undefined : this.#find('throw');
    if (raise === undefined || originOf(error) === undefined) {
      this.return();
      throw error;
    }
    try {
      return { done: false, value: loadBinding().call(raise, error) };
    } catch (raised) {
      this.#end();
      if (!(raised instanceof errors.StopIteration)) throw raised;
      return { done: true, value: raised.args[0] };
    }
  }

  #find(name: string): HandleId | undefined {
    return idOf(loadBinding().findAttr(this.#id, nameOf(name)));
  }

  #end(): void {
    this.#proxy = null;
    if (this.#own) loadBinding().dispose(this.#id);
  }
}
