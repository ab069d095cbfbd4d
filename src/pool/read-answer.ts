import type { Outcome } from '../contract/batch.ts';
import { PythonError } from '../errors/python-error.ts';
import { ProtocolError } from '../errors/worker-errors.ts';
import { errorOf, outcomesOf } from '../wire/outcome.ts';
import type { RunError, RunResult } from '../wire/message.ts';
import type { Answer, WorkerId } from './job.ts';
import { type PoolJob, workerOf } from './pool-job.ts';

export interface PoolAnswer extends Answer {
  readonly value: readonly Outcome[];
  /** What stayed with the worker, one count each. */
  readonly objects: readonly number[];
}

/** An error of our own has no classes that a user could list. */
function mroOf(error: Error): readonly string[] {
  return error instanceof PythonError ? error.mro : [];
}

function failureOf(outcomes: readonly Outcome[]): Answer['failure'] {
  for (const outcome of outcomes) {
    if (!outcome.ok && outcome.error instanceof Error) {
      return { mro: mroOf(outcome.error), error: outcome.error };
    }
  }
  return null;
}

/** What a worker's answer means; null where it is none to this call. */
export function readAnswer(
  worker: WorkerId,
  { batch }: PoolJob,
  message: RunResult | RunError,
): PoolAnswer | null {
  if (message.kind === 'error') {
    // The batch as a whole: an interrupt between two steps, a result that is too large.
    const error = errorOf(message.failure, batch.returns[0]?.at);
    const value = batch.returns.map(() => ({ ok: false, error }) as const);
    return { value, failure: { mro: mroOf(error), error }, objects: [] };
  }
  try {
    const { objects } = message;
    // An object of another worker's: nobody may use, or let go, what is not theirs.
    if (objects.some((n) => workerOf(n) !== worker)) return null;
    const value = outcomesOf(batch.returns, message.values);
    return { value, failure: failureOf(value), objects };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
