import type { PoolSettings } from '../contract/pool-options.ts';
import { Clock } from './clock.ts';
import type { Seat, WorkerId } from './job.ts';
import type { PoolJob } from './pool-job.ts';
import type { Counts } from './port.ts';
import { Processes } from './processes.ts';
import { Scheduler } from './scheduler.ts';
import { settleShared } from './shared-peer.ts';
import type { WorkerFactory } from './worker-factory.ts';
import { WorkerWatch } from './worker-watch.ts';

// A worker that imports a large library on a busy machine takes half a minute.
const START_TIMEOUT = 120_000;
/** Between two looks at workers. */
const LOOK_PAUSE = 1000;
/** How long free memory of the host's stays warm for the next tensor of its size. */
const IDLE_MEMORY = 2000;
// A wrong preload or a broken environment fails for everyone.
const MOST_FAILED_STARTS = 2;

/** Joins the scheduler with processes, a clock and chance. */
export class Supervisor {
  readonly #settings: PoolSettings;
  readonly #factory: WorkerFactory;
  readonly #processes: Processes;
  readonly #scheduler: Scheduler<PoolJob>;
  readonly #watch: WorkerWatch = new WorkerWatch();
  readonly #clock: Clock;
  readonly #look: NodeJS.Timeout;
  readonly #whenIdle: (() => void)[] = [];
  readonly #whenEmpty: (() => void)[] = [];
  #opened: ((failure: Error | null) => void) | null = null;

  constructor(settings: PoolSettings, factory: WorkerFactory) {
    this.#settings = settings;
    this.#factory = factory;
    this.#processes = new Processes(factory, settings.grace, this.#events());
    const { profile } = settings.sandbox;
    const distrust = profile === 'strict' || profile === 'cuda';
    const scheduling = { ...settings, distrust, startTimeout: START_TIMEOUT };
    this.#scheduler = new Scheduler<PoolJob>(scheduling, this.#processes, Math.random);
    this.#clock = new Clock(() => {
      this.#act((now) => {
        this.#scheduler.tick(now);
      });
    });
    this.#look = setInterval(() => {
      this.#lookAround();
    }, LOOK_PAUSE).unref();
  }

  get counts(): Counts {
    return this.#scheduler.counts;
  }

  /** Bytes of arrays that workers sent. */
  get bytesCopied(): number {
    return this.#processes.bytesCopied;
  }

  /** Bytes of arrays that workers showed. */
  get bytesShared(): number {
    return this.#processes.bytesShared;
  }

  /** Process numbers of the workers that have one. */
  get pids(): readonly number[] {
    return this.#processes
      .all()
      .map(({ pid }) => pid)
      .filter((pid) => pid > 0);
  }

  /** Resolves when the first worker is ready; rejects when it is clear that none will be. */
  async open(): Promise<void> {
    const failure = await new Promise<Error | null>((resolve) => {
      this.#opened = resolve;
      this.#act((now) => {
        this.#scheduler.open(now);
      });
    });
    this.#opened = null;
    this.#after();
    if (failure === null) return;
    await this.close();
    throw failure;
  }

  /** Accepts a call, or answers why not. */
  submit(job: PoolJob): Error | null {
    const refused = this.#scheduler.submit(job, this.#clock.now);
    this.#after();
    if (refused !== null) return refused;
    job.onAbort((reason) => {
      this.#act((now) => {
        this.#scheduler.cancel(job.id, reason, now);
      });
    });
    return null;
  }

  release(worker: WorkerId, objects: readonly number[]): void {
    this.#processes.release(worker, objects);
  }

  unseat(seat: Seat): void {
    this.#scheduler.unseat(seat);
  }

  /** Resolves when the accepted calls have ended. */
  async idle(): Promise<void> {
    if (this.#scheduler.pending === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  async close(): Promise<void> {
    this.#scheduler.close(this.#clock.now);
    if (this.#scheduler.workersLeft > 0) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty.push(resolve);
        this.#after();
      });
    }
    clearInterval(this.#look);
    this.#factory.close();
    this.#after();
  }

  /** Every event goes through here, so that the alarm and whoever waits follow. */
  #act(event: (now: number) => void): void {
    event(this.#clock.now);
    this.#after();
  }

  #after(): void {
    const { pending, workersLeft, nextTick } = this.#scheduler;
    if (pending === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    if (workersLeft === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    this.#clock.wake(nextTick);
    this.#clock.hold(pending > 0 || this.#opened !== null || this.#whenEmpty.length > 0);
  }

  #events(): ConstructorParameters<typeof Processes>[2] {
    return {
      ready: (worker) => {
        this.#opened?.(null);
        this.#act((now) => {
          this.#scheduler.ready(worker, now);
        });
      },
      answered: (worker, ticket, answer) => {
        const known = this.#scheduler.answered(worker, ticket, answer, this.#clock.now);
        this.#after();
        return known;
      },
      died: (worker, death) => {
        this.#watch.forget(worker);
        this.#act((now) => {
          this.#scheduler.died(worker, death, now);
        });
        const { count, cause } = this.#scheduler.failedStarts;
        if (cause !== null && count >= MOST_FAILED_STARTS) this.#opened?.(cause);
      },
      misbehaved: (worker) => {
        this.#act(() => {
          this.#scheduler.kill(worker, 'protocol');
        });
      },
    };
  }

  #lookAround(): void {
    settleShared(IDLE_MEMORY);
    const { memory, recycle } = this.#settings;
    const withMemory = memory !== null || recycle.rssMB !== null;
    const looks = this.#watch.look(this.#processes.all(), withMemory);
    this.#act((now) => {
      for (const { worker, frozen, rssMB } of looks) {
        if (rssMB !== null) this.#scheduler.sampled(worker, rssMB);
        const limit = memory ?? Infinity;
        if (frozen) this.#scheduler.kill(worker, 'heartbeat');
        else if ((rssMB ?? 0) * 2 ** 20 > limit) this.#scheduler.kill(worker, 'oom');
      }
      this.#scheduler.recycle(now);
    });
  }
}
