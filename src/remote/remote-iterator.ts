import { RemoteObject } from '../contract/batch.ts';
import { call, type CallPlace, type Place } from './place.ts';
import { adopt, settle } from './results.ts';
import { snapshot } from './snapshot.ts';

/** Items asked for at once grow to this: a message for each would cost more than the items. */
const MOST = 64;

/** What `take` answers: items, whether it ended, and StopIteration's value. */
interface Taken {
  readonly items: readonly unknown[];
  readonly done: boolean;
  readonly value: unknown;
}

/**
 * Python's iteration from afar. Items come in growing bunches; a generator that is sent values gives
 * one at a time.
 */
export class RemoteIterator implements AsyncIterableIterator<unknown> {
  readonly #source: Place;
  #iterator: CallPlace | null = null;
  #bunch = 1;
  #items: unknown[] = [];
  #ended = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: Place) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One at a time, as with an async generator: calls made meanwhile wait for their turn. */
  next(sent?: unknown): Promise<IteratorResult<unknown>> {
    return this.#inTurn(async () => {
      if (this.#items.length > 0) return this.#item();
      if (this.#ended) return { done: true, value: undefined };
      const value = await this.#take(sent);
      return this.#items.length > 0 ? this.#item() : { done: true, value };
    });
  }

  /** Closes a generator, and waits for its `finally`. */
  return(value?: unknown): Promise<IteratorResult<unknown>> {
    return this.#inTurn(async () => {
      this.#items = [];
      const left = this.#ended ? null : this.#iterator;
      if (left !== null) await settle(call(left, left, { op: 'close' }, RETURN));
      this.#end();
      return { done: true, value };
    });
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(run, run);
    this.#turn = mine.catch(() => null);
    return mine;
  }

  async #take(sent: unknown): Promise<unknown> {
    const source = this.#source;
    const iterator = (this.#iterator ??= call(source, source, { op: 'iter' }, NEXT));
    const args = sent === undefined ? [this.#bunch] : [1, sent];
    const given = snapshot(source.link, args, {});
    const asked = call(iterator, iterator, { op: 'take', given }, NEXT).call;
    asked.want = 'auto';
    try {
      const { items, done, value } = (await asked.promise((_done, taken) => taken)) as Taken;
      this.#items = [...items].reverse();
      this.#bunch = Math.min(this.#bunch * 2, MOST);
      if (done) this.#end();
      return value ?? undefined;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #item(): IteratorResult<unknown> {
    const item = this.#items.pop();
    const own = this.#iterator?.call;
    const value = item instanceof RemoteObject && own !== undefined ? adopt(own, item) : item;
    return { done: false, value };
  }

  #end(): void {
    this.#ended = true;
    this.#iterator?.call.dispose();
  }
}

type Above = (...args: never) => unknown;

const { next: NEXT, return: RETURN } = RemoteIterator.prototype as unknown as Record<
  'next' | 'return',
  Above
>;
