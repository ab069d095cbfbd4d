import type { Outcome } from '../contract/batch.ts';
import type { CallEvent } from '../contract/events.ts';
import { publish } from '../events/events.ts';
import type { KillReason } from './exit-status.ts';
import { workerName } from './failures.ts';
import type { Death, End, Job, WorkerId } from './job.ts';
import type { PoolJob } from './pool-job.ts';
import type { SchedulerEvent } from './port.ts';

/** What a pool tells whoever watches, in the words of `EventMap`. */

const callOf = ({ id, name }: Job): CallEvent => ({ call: id, name });

export function tell(event: SchedulerEvent): void {
  switch (event.name) {
    case 'retry': {
      const { job, executed, attempt } = event;
      publish('retry', () => ({ ...callOf(job), executed, attempt }));
      return;
    }
    case 'queue.full':
    case 'quarantine':
      publish(event.name, () => callOf(event.job));
      return;
    case 'breaker':
      publish('breaker', () => ({ key: event.key, state: event.state }));
      return;
    case 'recycle':
      publish('recycle', () => ({ worker: workerName(event.worker), reason: event.reason }));
      return;
  }
}

/** A step that raised is a failed call, although its worker answered. */
function errorOfEnd(end: End): { readonly error: unknown } | null {
  if (!end.ok) return end;
  const failed = (end.value as readonly Outcome[]).find(({ ok }) => !ok);
  return failed?.ok === false ? failed : null;
}

export function tellEnd(job: PoolJob, end: End): void {
  const worker = job.worker === 0 ? null : workerName(job.worker);
  const failed = errorOfEnd(end);
  if (failed !== null) {
    publish('call.error', () => ({ ...callOf(job), worker, error: failed.error }));
  } else if (worker !== null) publish('call.end', () => ({ ...callOf(job), worker }));
}

/** `killed`: why the host ended it; its taint was told then. */
export function tellExit(
  id: WorkerId,
  pid: number,
  killed: KillReason | null,
  { cause, stack, output }: Death,
): void {
  const worker = workerName(id);
  const { signal, exitCode } = cause;
  if (killed === null) publish('worker.taint', () => ({ worker, reason: cause.reason }));
  const reason = killed === 'leave' ? killed : cause.reason;
  publish('worker.exit', () => ({
    worker,
    pid,
    reason,
    signal,
    exitCode,
    pythonStack: stack,
    output,
  }));
}
