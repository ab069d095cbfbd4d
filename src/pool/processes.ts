import { publish } from '../events/events.ts';
import type { WorkerMessage } from '../wire/message.ts';
import type { KillReason } from './exit-status.ts';
import { workerName } from './failures.ts';
import type { Answer, Death, End, WorkerId } from './job.ts';
import type { PoolJob } from './pool-job.ts';
import type { Port, SchedulerEvent } from './port.ts';
import { readAnswer } from './read-answer.ts';
import { tell, tellEnd, tellExit } from './tell.ts';
import type { WorkerFactory } from './worker-factory.ts';
import type { WorkerProcess } from './worker-process.ts';

// A worker that is told to leave runs Python's exit functions first.
const LEAVE_PATIENCE = 1000;
// A signal may come just before the worker noted which call it is in, and is ignored then.
const INTERRUPT_PAUSES = [10, 40, 100, 300];

/** What workers do, for the scheduler. Never from within a wish of its. */
export interface ProcessEvents {
  ready(worker: WorkerId): void;
  /** False: the worker was not asked that. */
  answered(worker: WorkerId, ticket: number, answer: Answer): boolean;
  died(worker: WorkerId, death: Death): void;
  /** It said what no worker may say. */
  misbehaved(worker: WorkerId): void;
}

/** Carries out the scheduler's wishes with real processes. Takes no decision. */
export class Processes implements Port<PoolJob> {
  readonly #factory: WorkerFactory;
  readonly #events: ProcessEvents;
  readonly #grace: number;
  readonly #processes: Map<WorkerId, WorkerProcess> = new Map<WorkerId, WorkerProcess>();
  /** What was sent and not answered, by its ticket. */
  readonly #sent: Map<number, PoolJob> = new Map<number, PoolJob>();
  readonly #held: Map<WorkerId, number> = new Map<WorkerId, number>();

  /** Of arrays in answers. */
  bytesCopied = 0;
  bytesShared = 0;

  constructor(factory: WorkerFactory, grace: number, events: ProcessEvents) {
    this.#factory = factory;
    this.#grace = grace;
    this.#events = events;
  }

  all(): readonly WorkerProcess[] {
    return [...this.#processes.values()];
  }

  start(id: WorkerId): void {
    publish('worker.spawn', () => ({ worker: workerName(id) }));
    const events = {
      ready: () => {
        publish('worker.ready', () => ({ worker: workerName(id), pid: process.pid }));
        this.#events.ready(id);
      },
      message: (message: WorkerMessage) => {
        this.#message(id, message);
      },
      gone: (death: Death) => {
        this.#gone(id, death);
      },
    };
    let process: WorkerProcess;
    try {
      process = this.#factory.make(id, events);
    } catch (error) {
      // Told later: whoever starts a worker does not expect its end before that.
      setImmediate(() => {
        this.#gone(id, unborn(error));
      });
      return;
    }
    this.#processes.set(id, process);
  }

  send(worker: WorkerId, ticket: number, job: PoolJob, attempt: number): void {
    this.#sent.set(ticket, job);
    job.ticket = ticket;
    job.worker = worker;
    publish('call.start', () => ({
      worker: workerName(worker),
      call: job.id,
      name: job.name,
      attempt,
    }));
    const { connection, shared } = this.#get(worker);
    const granted = shared.grant(job.encoded.shared);
    // A worker that does not take descriptors gets nothing else either.
    if (granted === null) {
      setImmediate(() => {
        this.#events.misbehaved(worker);
      });
    } else connection.run(ticket, job.encoded, job.context(attempt, granted));
  }

  interrupt(worker: WorkerId, ticket: number): void {
    const process = this.#get(worker);
    process.interrupt(ticket);
    for (const pause of INTERRUPT_PAUSES) {
      setTimeout(() => {
        if (this.#sent.has(ticket)) process.interrupt(ticket);
      }, pause).unref();
    }
  }

  kill(worker: WorkerId, why: KillReason): void {
    if (why !== 'leave')
      publish('worker.taint', () => ({ worker: workerName(worker), reason: why }));
    this.#get(worker).kill(why);
  }

  leave(worker: WorkerId): void {
    this.#get(worker).leave(Math.max(this.#grace, LEAVE_PATIENCE));
  }

  settle(job: PoolJob, end: End): void {
    tellEnd(job, end);
    job.settle(end);
  }

  tell(event: SchedulerEvent): void {
    tell(event);
  }

  isHeld(worker: WorkerId): boolean {
    return this.#held.has(worker);
  }

  /** Objects that are not needed here any more; those of a dead worker are gone already. */
  release(worker: WorkerId, objects: readonly number[]): void {
    const process = this.#processes.get(worker);
    if (process === undefined || objects.length === 0) return;
    this.#hold(worker, -objects.length);
    if (process.connection.isOpen) process.connection.release(objects);
  }

  #hold(worker: WorkerId, more: number): void {
    const count = (this.#held.get(worker) ?? 0) + more;
    if (count > 0) this.#held.set(worker, count);
    else this.#held.delete(worker);
  }

  #get(worker: WorkerId): WorkerProcess {
    const process = this.#processes.get(worker);
    if (process === undefined) throw new Error(`processes.ts: there is no ${workerName(worker)}`);
    return process;
  }

  #message(worker: WorkerId, message: WorkerMessage): void {
    switch (message.kind) {
      case 'result':
      case 'error':
        this.#answer(worker, message);
        return;
      case 'shared':
        if (!this.#get(worker).shared.news(message)) this.#events.misbehaved(worker);
        return;
      case 'log':
        publish('warning', () => ({ worker: workerName(worker), text: message.text }));
        return;
      case 'hello':
      case 'ready':
      case 'item':
      case 'end':
      case 'output':
        return;
    }
  }

  #answer(worker: WorkerId, message: Extract<WorkerMessage, { kind: 'result' | 'error' }>): void {
    const job = this.#sent.get(message.id);
    const answer = job?.worker === worker ? readAnswer(worker, job, message) : null;
    if (job === undefined || answer === null) {
      this.#events.misbehaved(worker);
      return;
    }
    this.#sent.delete(message.id);
    if (message.kind === 'result') {
      this.bytesCopied += message.copiedBytes ?? 0;
      this.bytesShared += message.sharedBytes ?? 0;
    }
    this.#hold(worker, answer.objects.length);
    if (!this.#events.answered(worker, message.id, answer)) this.#events.misbehaved(worker);
    // What nobody took is let go.
    else if (!job.isTaken) this.release(worker, answer.objects);
  }

  #gone(worker: WorkerId, death: Death): void {
    const process = this.#processes.get(worker);
    tellExit(worker, process?.pid ?? 0, process?.killed ?? null, death);
    this.#processes.delete(worker);
    this.#held.delete(worker);
    for (const [ticket, job] of this.#sent) {
      if (job.worker === worker && job.ticket === ticket) this.#sent.delete(ticket);
    }
    this.#events.died(worker, death);
  }
}

/** The system refused what a worker needs, such as descriptors: a start that failed like others. */
function unborn(error: unknown): Death {
  const text = 'could not be started';
  return {
    cause: { reason: 'exit', signal: null, exitCode: null, text },
    started: null,
    stack: [],
    output: '',
    error: error instanceof Error ? error : new Error(String(error)),
  };
}
