import type { Frame } from './exception-record.ts';

/** What ended a worker. */
export type CrashReason = 'signal' | 'exit' | 'oom' | 'hang' | 'heartbeat' | 'device' | 'protocol';

/** Whether user code of a failed call had begun: the ground for a retry. */
export type Executed = 'no' | 'maybe' | 'yes';

/** One try at a call. */
export interface Attempt {
  readonly worker: string;
  readonly generation: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly executed: Executed;
  /** `crash`, or the name of the exception. */
  readonly outcome: string;
}

/** What is known of a worker's death. */
export interface CrashReport {
  readonly reason: CrashReason;
  readonly signal: string | null;
  readonly exitCode: number | null;
  /** Where Python stood, if it could still say so. */
  readonly pythonStack: readonly Frame[];
  /** The last output of the worker. */
  readonly output: string;
  readonly executed: Executed;
  readonly attempts: readonly Attempt[];
  readonly worker: string;
  readonly device: string | null;
  readonly taints: 'worker' | 'device' | 'both' | 'none';
  readonly taintedUntil: Date | null;
}
