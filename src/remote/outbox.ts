import {
  KeptObject,
  type Outcome,
  RemoteObject,
  type Returned,
  type Step,
  StepResult,
} from '../contract/batch.ts';
import { DisposedError, SnakepitError } from '../errors/errors.ts';
import type { PendingCall } from './pending-call.ts';

/**
 * Calls of one turn, sent together where they depend on each other and apart where they do not: a
 * chain is one message, and independent calls may run on different workers.
 */
export class Outbox {
  #queue: PendingCall[] = [];
  #scheduled = false;

  add(call: PendingCall): void {
    this.#queue.push(call);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // `await` asks for its value one microtask later: after two, all awaits of this turn have.
    queueMicrotask(() => {
      queueMicrotask(() => {
        this.#flush();
      });
    });
  }

  #flush(): void {
    const calls = this.#queue;
    this.#queue = [];
    this.#scheduled = false;
    for (const chain of chains(calls)) {
      const waits = new Set<PendingCall>();
      for (const call of chain) {
        for (const other of before(call)) {
          if (other.outcome === null && !chain.includes(other)) waits.add(other);
        }
      }
      if (waits.size === 0) send(chain);
      else {
        void Promise.all([...waits].map((call) => call.done())).then(() => {
          send(chain);
        });
      }
    }
  }
}

/** What must have run when a call runs. */
function before({ spec }: PendingCall): readonly PendingCall[] {
  return [...spec.slots.map(({ call }) => call), ...spec.after];
}

function dependsOnOtherOptions(call: PendingCall, calls: readonly PendingCall[]): boolean {
  return before(call).some((other) => other.settings !== call.settings && calls.includes(other));
}

/** Connected parts of the graph of results used, each in the order of its calls. */
function chains(calls: readonly PendingCall[]): readonly (readonly PendingCall[])[] {
  const only = calls[0];
  if (calls.length === 1 && only !== undefined) return [[only]];
  // Calls under other options are other messages, for their deadlines and retries are their own.
  // Whole chains could wait for each other then; single calls cannot.
  if (calls.some((call) => dependsOnOtherOptions(call, calls))) return calls.map((call) => [call]);
  const parts = new Map<PendingCall, PendingCall[]>();
  for (const call of calls) {
    let part = [call];
    for (const other of before(call)) {
      const known = parts.get(other);
      if (known === undefined || known === part) continue;
      for (const one of part) parts.set(one, known);
      known.push(...part);
      part = known;
    }
    parts.set(call, part);
  }
  const order = new Map(calls.map((call, i) => [call, i]));
  return [...new Set(parts.values())].map((part) =>
    part.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)),
  );
}

const LOST = 'This remote object was disposed of before the call that uses it was sent.';

/** What a used result is in the batch; an error where there is none. */
function operandOf(call: PendingCall, steps: ReadonlyMap<PendingCall, number>): Outcome {
  const step = steps.get(call);
  if (step !== undefined) return { ok: true, value: new StepResult(step) };
  const { outcome } = call;
  if (outcome === null || !outcome.ok) {
    return outcome ?? { ok: false, error: new Error('outbox.ts: sent before its operand') };
  }
  if (!(outcome.value instanceof RemoteObject)) return outcome;
  if (call.disposed) return { ok: false, error: new DisposedError(LOST) };
  return { ok: true, value: new KeptObject(outcome.value.n) };
}

/** Fills the call's slots; false where it ended with the error of what it uses. */
function fill(call: PendingCall, steps: ReadonlyMap<PendingCall, number>): boolean {
  for (const slot of call.spec.slots) {
    const operand = operandOf(slot.call, steps);
    if (!operand.ok) {
      call.settle(operand);
      return false;
    }
    slot.fill(operand.value);
  }
  return true;
}

/** An error of the placement came about elsewhere: users need the call that it ended. */
function restack(error: SnakepitError, at: { readonly stack?: string }): void {
  const frames = /^ {4}at .*/ms.exec(at.stack ?? '')?.[0] ?? '';
  const value = `${error.name}: ${error.message}\n${frames}`;
  Object.defineProperty(error, 'stack', { value, configurable: true, writable: true });
}

function send(chain: readonly PendingCall[]): void {
  const numbers = new Map<PendingCall, number>();
  const steps: Step[] = [];
  const returns: Returned[] = [];
  for (const call of chain) {
    const want = call.send();
    if (!fill(call, numbers)) continue;
    const { op, target, name, args, kwargs } = call.spec;
    const step = steps.length;
    numbers.set(call, step);
    steps.push({ op, target, name, args, kwargs });
    returns.push({ step, want, at: call.at });
  }
  const sent = [...numbers.keys()];
  const [first] = sent;
  if (first === undefined) return;
  first.link.executor.run({ steps, returns }, first.settings).then(
    (outcomes) => {
      conclude(sent, outcomes);
    },
    (error: unknown) => {
      if (error instanceof SnakepitError) restack(error, first.at);
      conclude(
        sent,
        sent.map(() => ({ ok: false, error })),
      );
    },
  );
}

function settleAll(calls: readonly PendingCall[], outcomes: readonly Outcome[]): void {
  calls.forEach((call, i) => {
    const none = { ok: false, error: new Error('outbox.ts: a step without outcome') } as const;
    call.settle(outcomes[i] ?? none);
  });
}

/** Settles the calls of a message, those that failed by their `onError` where they have one. */
function conclude(calls: readonly PendingCall[], outcomes: readonly Outcome[]): void {
  const onError = calls[0]?.settings.onError ?? null;
  if (onError === null || outcomes.every(({ ok }) => ok)) {
    settleAll(calls, outcomes);
    return;
  }
  // Few calls have one, and fewer fail.
  import('./fallback.ts')
    .then(({ fallBack }) => fallBack(calls, outcomes, onError, fill))
    .then(
      (final) => {
        settleAll(calls, final);
      },
      (error: unknown) => {
        settleAll(
          calls,
          calls.map(() => ({ ok: false, error })),
        );
      },
    );
}
