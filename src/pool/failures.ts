import type { Attempt, Executed } from '../contract/crash.ts';
import {
  BreakerOpenError,
  DeadlineError,
  HandleLostError,
  PoisonTaskError,
  PoolClosedError,
  QueueFullError,
  SessionLostError,
  WorkerCrashError,
} from '../errors/worker-errors.ts';
import type { Death, WorkerId } from './job.ts';

/** The words of every error that the scheduler has to say. */

export function workerName(worker: WorkerId): string {
  return `w${String(worker)}`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

const RAN: Readonly<Record<Executed, string>> = {
  no: 'It had not begun.',
  maybe: 'It may have begun.',
  yes: 'It had begun.',
};

function place(death: Death): string {
  const last = death.stack.at(-1);
  return last === undefined ? '' : ` at ${last.file}:${String(last.line)} in ${last.function}`;
}

function advice(executed: Executed, idempotent: boolean): string {
  if (executed === 'no' || idempotent) return '';
  return ' If it may run twice, say so: options({ idempotent: true }).';
}

export interface CrashedCall {
  readonly name: string;
  readonly idempotent: boolean;
  readonly worker: WorkerId;
  readonly executed: Executed;
  readonly attempts: readonly Attempt[];
}

export function crashError(call: CrashedCall, death: Death): WorkerCrashError {
  const { cause } = death;
  const tries = call.attempts.length > 1 ? ` (attempt ${String(call.attempts.length)})` : '';
  const message =
    `worker ${workerName(call.worker)} ${cause.text}${place(death)} during ${call.name}${tries}. ` +
    `${RAN[call.executed]}${advice(call.executed, call.idempotent)}`;
  return new WorkerCrashError(message, {
    reason: cause.reason,
    signal: cause.signal,
    exitCode: cause.exitCode,
    pythonStack: death.stack,
    output: death.output,
    executed: call.executed,
    attempts: call.attempts,
    worker: workerName(call.worker),
    device: null,
    taints: cause.reason === 'oom' ? 'none' : 'worker',
    taintedUntil: null,
  });
}

/** A worker that ended before it took its first call. */
export function startError(worker: WorkerId, death: Death): WorkerCrashError {
  const output = death.output.trim().split('\n').slice(-5).join('\n');
  const words = output === '' ? '' : ` Its last words:\n${output}`;
  const said = death.error === null ? words : ` ${death.error.message}`;
  return new WorkerCrashError(
    `worker ${workerName(worker)} ${death.cause.text}${place(death)} before it was ready.${said}`,
    {
      reason: death.cause.reason,
      signal: death.cause.signal,
      exitCode: death.cause.exitCode,
      pythonStack: death.stack,
      output: death.output,
      executed: 'no',
      attempts: [],
      worker: workerName(worker),
      device: null,
      taints: 'worker',
      taintedUntil: null,
      cause: death.error,
    },
  );
}

export function startsFailed(count: number, waitMs: number, cause: Error | null): PoolClosedError {
  return new PoolClosedError(
    `${String(count)} workers in a row did not start, so the pool starts none for another ` +
      `${seconds(waitMs)}; the cause says why. See restartIntensity.`,
    { cause },
  );
}

export function poisonError(name: string, waitMs: number, cause?: Error): PoisonTaskError {
  return new PoisonTaskError(
    `${name} with these arguments killed several workers and is refused for ${seconds(waitMs)}. ` +
      'Other calls go on. See the quarantine option.',
    { cause },
  );
}

export function breakerError(key: string, waitMs: number): BreakerOpenError {
  return new BreakerOpenError(
    `the breaker of ${key} is open: too many of its calls in a row ended with a dead worker or ran ` +
      `out of time. The next is let through in ${seconds(waitMs)}. See the breaker option.`,
  );
}

export function queueFull(limit: number): QueueFullError {
  return new QueueFullError(
    `${String(limit)} calls are waiting already. Wait for some of them, or raise the queue option.`,
  );
}

export function queueTimeout(name: string, ms: number): DeadlineError {
  return new DeadlineError(
    `${name} waited ${seconds(ms)} for a free worker and was not begun. Make more workers, shorter ` +
      'calls, or a longer queueTimeout.',
  );
}

export function deadlineError(
  name: string,
  ms: number,
  began: boolean,
  cause?: unknown,
): DeadlineError {
  const begun = began ? '' : '; it was not begun';
  const message = `${name} did not end within ${seconds(ms)}${begun}. See the timeout option.`;
  return new DeadlineError(message, cause == null ? undefined : { cause });
}

export function closedError(closing: boolean): PoolClosedError {
  return new PoolClosedError(
    closing
      ? 'the pool was closed while this call was under way.'
      : 'the pool is closed. Open another.',
  );
}

export function handleLost(name: string, worker: WorkerId, cause: Error | null): HandleLostError {
  const how = cause === null ? '' : `: ${cause.message}`;
  return new HandleLostError(
    `an object that ${name} uses was lost with worker ${workerName(worker)}${how}. Make it anew.`,
    { cause },
  );
}

export function sessionLost(session: string, cause: Error | null): SessionLostError {
  const how = cause === null ? '' : `: ${cause.message}`;
  return new SessionLostError(
    `the state of session '${session}' was lost with its worker${how}. Make the session anew, or ` +
      'give it an init function that does.',
    { cause },
  );
}
