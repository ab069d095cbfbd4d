import type { Batch, Outcome, Returned, Step } from '../contract/batch.ts';
import type { Fallback, OnError } from '../contract/on-error.ts';
import { fallbackFor } from '../errors/match.ts';
import { HandleElsewhereError } from '../errors/worker-errors.ts';
import { publish } from '../events/events.ts';
import type { PendingCall } from './pending-call.ts';

/** Puts what a call uses into its slots; false where it ended with the error of that. */
export type Fill = (call: PendingCall, steps: ReadonlyMap<PendingCall, number>) => boolean;

interface Again {
  readonly call: PendingCall;
  readonly index: number;
  /** null: it only uses what runs again. */
  readonly device: string | null;
}

/** What becomes of a call that failed, and of those that failed because they use it. */
type Fate = { readonly outcome: Outcome } | 'again';

/** One chain whose calls did not all go well. */
class Chain {
  readonly #calls: readonly PendingCall[];
  readonly #final: Outcome[];
  readonly #onError: OnError;
  readonly #fates: Map<PendingCall, Fate> = new Map<PendingCall, Fate>();
  readonly #again: Again[] = [];

  constructor(calls: readonly PendingCall[], outcomes: readonly Outcome[], onError: OnError) {
    this.#calls = calls;
    this.#final = [...outcomes];
    this.#onError = onError;
  }

  /** A call fails with the error of what it uses: that one's fate is its own. */
  async answer(): Promise<void> {
    for (const [index, call] of this.#calls.entries()) {
      const outcome = this.#final[index];
      if (outcome === undefined || outcome.ok) continue;
      const used = call.spec.slots.find((slot) => this.#fates.has(slot.call));
      const fate =
        used === undefined
          ? await this.#fateOf(call, index, outcome)
          : this.#inherit(call, index, used.call);
      this.#fates.set(call, fate);
      if (fate !== 'again') this.#final[index] = fate.outcome;
    }
  }

  #inherit(call: PendingCall, index: number, used: PendingCall): Fate {
    const fate = this.#fates.get(used) as Fate;
    if (fate === 'again') this.#again.push({ call, index, device: null });
    return fate;
  }

  async #fateOf(call: PendingCall, index: number, failed: Outcome & { ok: false }): Promise<Fate> {
    const { error } = failed;
    const { signal } = call.settings;
    const aborted = signal?.aborted === true && signal.reason === error;
    const answer = aborted ? null : fallbackFor(error, this.#onError);
    if (answer === null) return { outcome: failed };
    const device = typeof answer === 'function' ? null : answer.device;
    publish('fallback', () => ({ name: call.spec.name ?? call.spec.op, error, device }));
    if (device === null) return { outcome: await asked(answer, error) };
    this.#again.push({ call, index, device });
    return 'again';
  }

  /** Runs again what has consent, and what uses it; once. */
  async runAgain(fill: Fill): Promise<readonly Outcome[]> {
    const numbers = new Map<PendingCall, number>();
    const steps: Step[] = [];
    const returns: Returned[] = [];
    const sent = this.#again.filter(({ call, device }) => {
      const want = call.send();
      if (!fill(call, numbers)) return false;
      returns.push({ step: steps.length, want, at: call.at });
      numbers.set(call, steps.length);
      steps.push(stepOf(call, device));
      return true;
    });
    const [first] = sent;
    if (first === undefined) return this.#final;
    const outcomes = await run(first.call, { steps, returns });
    sent.forEach(({ index }, i) => {
      const before = this.#final[index] as Outcome;
      this.#final[index] = withCause(outcomes[i] ?? before, before);
    });
    return this.#final;
  }
}

async function asked(answer: Fallback, error: unknown): Promise<Outcome> {
  try {
    return { ok: true, value: await (answer as (error: unknown) => unknown)(error) };
  } catch (thrown) {
    return { ok: false, error: thrown };
  }
}

function stepOf({ spec }: PendingCall, device: string | null): Step {
  const { op, target, name, args, kwargs } = spec;
  if (device === null) return { op, target, name, args, kwargs };
  return { op: 'again', target, name, args: [device, op, ...args], kwargs };
}

async function run(call: PendingCall, batch: Batch): Promise<readonly Outcome[]> {
  try {
    return await call.link.executor.run(batch, call.settings);
  } catch (error) {
    return batch.steps.map(() => ({ ok: false, error }));
  }
}

/** A refusal says what to do; what it was about is its cause. */
function withCause(outcome: Outcome, before: Outcome): Outcome {
  if (outcome.ok || before.ok || !(outcome.error instanceof HandleElsewhereError)) return outcome;
  const error = new HandleElsewhereError(outcome.error.message, { cause: before.error });
  return { ok: false, error };
}

/**
 * The outcomes of a chain's calls under `onError`. Those that went well are settled at once, because
 * what runs again may use them.
 */
export async function fallBack(
  calls: readonly PendingCall[],
  outcomes: readonly Outcome[],
  onError: OnError,
  fill: Fill,
): Promise<readonly Outcome[]> {
  calls.forEach((call, i) => {
    const outcome = outcomes[i];
    if (outcome?.ok === true) call.settle(outcome);
  });
  const chain = new Chain(calls, outcomes, onError);
  await chain.answer();
  return await chain.runAgain(fill);
}
