import type { Attempt, CrashReason, CrashReport, Executed } from '../contract/crash.ts';
import type { Frame } from '../contract/exception-record.ts';
import { type Cause, SnakepitError } from './errors.ts';

/** A worker died under a call. It says how, and whether the call had begun. */
export class WorkerCrashError extends SnakepitError implements CrashReport {
  static override readonly code: string = 'ERR_WORKER_CRASH';
  readonly reason: CrashReason;
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly pythonStack: readonly Frame[];
  readonly output: string;
  readonly executed: Executed;
  readonly attempts: readonly Attempt[];
  readonly worker: string;
  readonly device: string | null;
  readonly taints: CrashReport['taints'];
  readonly taintedUntil: Date | null;

  constructor(message: string, report: CrashReport & Cause) {
    super(message, report);
    this.reason = report.reason;
    this.signal = report.signal;
    this.exitCode = report.exitCode;
    this.pythonStack = report.pythonStack;
    this.output = report.output;
    this.executed = report.executed;
    this.attempts = report.attempts;
    this.worker = report.worker;
    this.device = report.device;
    this.taints = report.taints;
    this.taintedUntil = report.taintedUntil;
  }
}

/** A call that killed several workers is refused for a time; the pool lives on. */
export class PoisonTaskError extends SnakepitError {
  static override readonly code: string = 'ERR_POISON_TASK';
}

export class QueueFullError extends SnakepitError {
  static override readonly code: string = 'ERR_QUEUE_FULL';
}

/** Too many calls in a row failed; new ones wait for the breaker's cool-down. */
export class BreakerOpenError extends SnakepitError {
  static override readonly code: string = 'ERR_BREAKER_OPEN';
}

export class DeviceTaintedError extends SnakepitError {
  static override readonly code: string = 'ERR_DEVICE_TAINTED';
}

/** The object behind a handle went with its worker. */
export class HandleLostError extends SnakepitError {
  static override readonly code: string = 'ERR_HANDLE_LOST';
}

/** A session's state went with its worker and was not made anew. */
export class SessionLostError extends SnakepitError {
  static override readonly code: string = 'ERR_SESSION_LOST';
}

/** A handle of one worker, or one device, in a call that runs on another. */
export class HandleElsewhereError extends SnakepitError {
  static override readonly code: string = 'ERR_HANDLE_ELSEWHERE';
}

export class HandleLimitError extends SnakepitError {
  static override readonly code: string = 'ERR_HANDLE_LIMIT';
}

/** A call's time ran out. Not called TimeoutError: Python has one of its own. */
export class DeadlineError extends SnakepitError {
  static override readonly code: string = 'ERR_TIMEOUT';
}

/** Work that could not be ended within its grace, and was left alone. */
export class AbandonedError extends SnakepitError {
  static override readonly code: string = 'ERR_ABANDONED';
}

export class PoolClosedError extends SnakepitError {
  static override readonly code: string = 'ERR_POOL_CLOSED';
}

/** The other side said what the contract does not allow. */
export class ProtocolError extends SnakepitError {
  static override readonly code: string = 'ERR_PROTOCOL';
}
