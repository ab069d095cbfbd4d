import { type Operand, type Operation, type Outcome, RemoteObject } from '../contract/batch.ts';
import type { Want } from '../contract/call.ts';
import type { CallSettings } from '../contract/options.ts';
import { DisposedError } from '../errors/errors.ts';
import { BRIDGE } from '../native/bridge.ts';
import { born } from './born.ts';
import type { Here, Link } from './link.ts';

/** Where an argument's snapshot holds the result of another call; filled in when it is sent. */
export interface Slot {
  readonly call: PendingCall;
  fill(operand: Operand): void;
}

/** What a call asks for, before it has a place in a batch. */
export interface CallSpec {
  readonly op: Operation;
  readonly name: string | undefined;
  target: Operand;
  readonly args: readonly Operand[];
  readonly kwargs: Readonly<Record<string, Operand>>;
  /** Every place inside target, args and kwargs that stands for another call's result. */
  readonly slots: readonly Slot[];
  /** Calls that it comes after although it does not use their results. */
  readonly after: PendingCall[];
}

const dropped = new FinalizationRegistry<{ readonly link: Link; readonly n: number }>(
  ({ link, n }) => {
    link.executor.release([n]);
  },
);

/** An object that stays with its worker, until nobody here can reach it any more. */
export class Kept {
  readonly n: number;
  readonly type: string;
  readonly #link: Link;
  #local: unknown;
  #released = false;

  constructor(link: Link, object: RemoteObject) {
    this.n = object.n;
    this.type = object.type;
    this.#link = link;
    dropped.register(this, { link, n: object.n }, this);
  }

  get released(): boolean {
    return this.#released;
  }

  /** The handle that it has on the synchronous face, and keeps; undefined for a plain value. */
  here(of: Here): unknown {
    this.#local ??= of(this.n);
    return (this.#local as { readonly [BRIDGE]?: unknown } | null)?.[BRIDGE];
  }

  release(): void {
    if (this.#released) return;
    this.#local = undefined;
    this.#released = true;
    dropped.unregister(this);
    this.#link.executor.release([this.n]);
  }
}

/** One call on its way: queued, sent, or done. Its result is taken by `await`, by calls, or nobody. */
export class PendingCall {
  readonly link: Link;
  readonly settings: CallSettings;
  /** The JS stack of the call, formatted only when an error is read. */
  readonly at: { readonly stack?: string } = {};
  /**
   * The last assignment to its result, for which nobody can wait: what uses the result from then on
   * comes after it.
   */
  assigned: PendingCall | null = null;
  /** Set when somebody awaits it before it was sent. */
  want: Want | null = null;
  #spec: CallSpec;
  #state: 'queued' | 'sent' | 'done' = 'queued';
  #used = false;
  #outcome: Outcome | null = null;
  #kept: Kept | null = null;
  #sentAs: Want = 'auto';
  #waiting: (() => void)[] = [];
  #promise: Promise<unknown> | null = null;
  #disposed = false;

  /** Without `above` (whose callers the JS stack begins with) it is not queued. */
  constructor(
    link: Link,
    settings: CallSettings,
    spec: CallSpec,
    above: ((...args: never) => unknown) | null,
  ) {
    this.link = link;
    this.settings = settings;
    this.#spec = spec;
    for (const { call } of spec.slots) {
      call.#used = true;
      if (call.assigned?.outcome === null) spec.after.push(call.assigned);
    }
    born(this);
    if (above === null) return;
    Error.captureStackTrace(this.at, above);
    link.outbox.add(this);
  }

  /** An object that came inside of this call's result, as if a call of its own had given it. */
  adopt(object: RemoteObject): PendingCall {
    const made = new PendingCall(this.link, this.settings, this.spec, null);
    made.settle({ ok: true, value: object });
    return made;
  }

  get spec(): CallSpec {
    return this.#spec;
  }

  get outcome(): Outcome | null {
    return this.#outcome;
  }

  get kept(): Kept | null {
    return this.#kept;
  }

  get disposed(): boolean {
    return this.#disposed || (this.#kept?.released ?? false);
  }

  /** Leaves the queue; says how the result is to come back. */
  send(): Want {
    this.#state = 'sent';
    this.#sentAs = this.want ?? (this.#used ? 'ref' : 'auto');
    return this.#sentAs;
  }

  /** Only a reference came although the object may be plain data: it has to be asked for. */
  get unseen(): boolean {
    return this.#sentAs === 'ref' && this.want !== 'ref' && this.#kept !== null;
  }

  /** Resolves when the call is done, however it ended. */
  done(): Promise<void> {
    if (this.#outcome !== null) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  settle(outcome: Outcome): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#state = 'done';
    // Arguments are not kept alive by a result.
    this.#spec = { ...this.#spec, target: undefined, args: [], kwargs: {}, slots: [], after: [] };
    if (outcome.ok && outcome.value instanceof RemoteObject) {
      this.#kept = new Kept(this.link, outcome.value);
      if (this.#disposed) this.#kept.release();
    }
    // Nobody waits and nothing used it: Node reports the rejection, with the stack of the call.
    if (!outcome.ok && !this.#used && this.#waiting.length === 0 && this.#promise === null) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason may be anything
      this.#promise = Promise.reject(outcome.error);
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The outcome as a promise that is one for all who ask; `present` makes the value for users. */
  promise(present: (call: PendingCall, value: unknown) => unknown): Promise<unknown> {
    if (this.#state === 'queued') this.want ??= 'auto';
    this.#promise ??= this.done().then(() => {
      const outcome = this.#outcome as Outcome;
      if (!outcome.ok) throw outcome.error;
      return present(this, outcome.value);
    });
    return this.#promise;
  }

  dispose(): void {
    this.#disposed = true;
    this.#kept?.release();
  }

  assertUsable(): void {
    if (!this.disposed) return;
    throw new DisposedError(
      'This remote object was disposed of. Use it before $dispose() or the end of its scope.',
    );
  }
}
