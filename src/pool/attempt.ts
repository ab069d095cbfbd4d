import type { Attempt, Executed } from '../contract/crash.ts';
import { crashError, deadlineError, workerName } from './failures.ts';
import type { Answer, Death, End, Entry, Job, WorkerId } from './job.ts';
import type { Verdict } from './breaker.ts';
import { decideRetry } from './retry.ts';

/** What follows an attempt. */
export type Next =
  | { readonly kind: 'end'; readonly end: End; readonly verdict: Verdict }
  /** At once, on another worker; `pause`: after a while. */
  | { readonly kind: 'again'; readonly pause: boolean; readonly error: Error };

// A call whose workers die again and again before it begins is no bad luck.
const MOST_MOVES = 10;

function note<J extends Job>(
  entry: Entry<J>,
  worker: WorkerId,
  executed: Executed,
  outcome: string,
  now: number,
): void {
  const startedAt = new Date(entry.sentAt);
  const endedAt = new Date(now);
  const attempt: Attempt = {
    worker: workerName(worker),
    generation: worker,
    startedAt,
    endedAt,
    executed,
    outcome,
  };
  entry.attempts.push(attempt);
}

/** How a call ends that was told to: the reason it was given, or that its time was over. */
function stopped<J extends Job>(entry: Entry<J>, cause: unknown): Next | null {
  const { stop, job } = entry;
  if (stop === null) return null;
  if (stop.kind === 'reason') {
    return { kind: 'end', end: { ok: false, error: stop.reason }, verdict: 'unknown' };
  }
  const error = deadlineError(job.name, job.timeout ?? 0, true, cause);
  return { kind: 'end', end: { ok: false, error }, verdict: 'failed' };
}

/** A worker answered. An exception is an answer too, and may be worth another attempt. */
export function afterAnswer<J extends Job>(
  entry: Entry<J>,
  worker: WorkerId,
  answer: Answer,
  now: number,
): Next {
  const { job } = entry;
  const { failure } = answer;
  entry.begun += 1;
  note(entry, worker, 'yes', failure?.mro[0] ?? 'result', now);
  const stop = stopped(entry, failure?.error);
  if (stop !== null) return stop;
  if (failure !== null) {
    const { mro, error } = failure;
    const { idempotent, retry } = job;
    const failed = { idempotent, attempts: entry.begun, executed: 'yes', mro } as const;
    if (decideRetry(failed, retry) === 'later') return { kind: 'again', pause: true, error };
  }
  // An exception of Python says nothing against the function's health.
  return { kind: 'end', end: { ok: true, value: answer.value }, verdict: 'worked' };
}

export interface Circumstances {
  /** The status page is no proof. */
  readonly distrust: boolean;
  /** There is no other place for it now. */
  readonly stuck: boolean;
}

function executedOf(ticket: number, death: Death, distrust: boolean): Executed {
  if (death.started === null) return 'maybe';
  if (ticket <= death.started) return 'yes';
  return distrust ? 'maybe' : 'no';
}

/** A worker died under a call. */
export function afterDeath<J extends Job>(
  entry: Entry<J>,
  worker: WorkerId,
  death: Death,
  { distrust, stuck }: Circumstances,
  now: number,
): Next {
  const { job, attempts } = entry;
  const { idempotent, retry, name } = job;
  const executed = executedOf(entry.ticket, death, distrust);
  note(entry, worker, executed, 'crash', now);
  if (executed === 'no') entry.moved += 1;
  else entry.begun += 1;
  const crash = crashError({ name, idempotent, worker, executed, attempts: [...attempts] }, death);
  const stop = stopped(entry, crash);
  if (stop !== null) return stop;
  const failed = { idempotent, attempts: entry.begun, executed, mro: null } as const;
  const decision = stuck || entry.moved > MOST_MOVES ? 'no' : decideRetry(failed, retry);
  if (decision !== 'no') {
    return { kind: 'again', pause: decision === 'later' || entry.moved > 1, error: crash };
  }
  return { kind: 'end', end: { ok: false, error: crash }, verdict: 'failed' };
}
