import type { PoolSettings } from '../contract/pool-options.ts';
import type { KillReason } from './exit-status.ts';
import type { End, Job, WorkerId } from './job.ts';

/** What the scheduler wants done. None of it calls back into the scheduler. */
export interface Port<J extends Job> {
  start(worker: WorkerId): void;
  send(worker: WorkerId, ticket: number, job: J, attempt: number): void;
  /** Raises KeyboardInterrupt in the call, if it is still that one. */
  interrupt(worker: WorkerId, ticket: number): void;
  kill(worker: WorkerId, why: KillReason): void;
  /** Asks an idle worker to end. */
  leave(worker: WorkerId): void;
  settle(job: J, end: End): void;
  /** Whether somebody still has objects there. */
  isHeld(worker: WorkerId): boolean;
  tell(event: SchedulerEvent): void;
}

/** What happened, for whoever watches; nothing depends on it. */
export type SchedulerEvent =
  | {
      readonly name: 'retry';
      readonly job: Job;
      readonly executed: boolean;
      readonly attempt: number;
    }
  | { readonly name: 'queue.full'; readonly job: Job }
  | { readonly name: 'breaker'; readonly key: string; readonly state: 'opened' | 'closed' }
  | { readonly name: 'quarantine'; readonly job: Job }
  | { readonly name: 'recycle'; readonly worker: WorkerId; readonly reason: string };

export type SchedulerSettings = Pick<
  PoolSettings,
  | 'workers'
  | 'spares'
  | 'queue'
  | 'queueTimeout'
  | 'grace'
  | 'breaker'
  | 'restartIntensity'
  | 'recycle'
  | 'quarantine'
> & {
  /** Its sandbox says that a worker may lie: what the status page says is no proof. */
  readonly distrust: boolean;
  /** Milliseconds that a worker has until it is ready. */
  readonly startTimeout: number;
};

export interface Counts {
  readonly workers: number;
  readonly queued: number;
  readonly running: number;
  readonly restarts: number;
  readonly crashes: number;
  readonly retried: number;
}
