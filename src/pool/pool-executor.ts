import type { Batch, BatchExecutor, Outcome } from '../contract/batch.ts';
import type { RefId } from '../contract/handle.ts';
import type { CallSettings } from '../contract/options.ts';
import { type PoolOptions, readPoolOptions, type PoolSettings } from '../contract/pool-options.ts';
import type { PoolStats } from '../contract/remote-face.ts';
import { CopyRequiredError } from '../errors/errors.ts';
import type { SandboxLevel, SandboxSupport } from '../contract/sandbox.ts';
import { HandleElsewhereError, PoolClosedError } from '../errors/worker-errors.ts';
import { sandboxSupport } from '../native/sandbox-support.ts';
import { locate } from '../provision/locate.ts';
import { type EncodedBatch, encodeBatch } from '../wire/connection.ts';
import { MAX_FRAME } from '../wire/message.ts';
import { closedError, workerName } from './failures.ts';
import type { End, Seat } from './job.ts';
import type { Parcels } from './parcels.ts';
import { PoolJob, workerOf } from './pool-job.ts';
import { PoolRefs } from './pool-refs.ts';
import { Supervisor } from './supervisor.ts';
import { WorkerFactory } from './worker-factory.ts';

/** A session's place: the same workers, seen through a home of its own. */
export interface SessionExecutor extends BatchExecutor {
  readonly name: string;
  /** What its state went with; null while it has all its state. */
  readonly lost: Error | null;
  /** Its state was made anew. */
  restored(): void;
  close(): void;
}

/** Runs batches in worker processes: the door of this room. */
export class PoolExecutor implements BatchExecutor, AsyncDisposable {
  readonly #settings: PoolSettings;
  readonly #supervisor: Supervisor;
  readonly #parcels: Parcels;
  readonly #sessions: Map<string, Seat> = new Map<string, Seat>();
  readonly #refs: PoolRefs = new PoolRefs();
  /** What holds the workers. */
  readonly sandbox: SandboxLevel;
  #isDraining = false;
  #bytesCopied = 0;
  #bytesShared = 0;

  private constructor(settings: PoolSettings, supervisor: Supervisor, factory: WorkerFactory) {
    this.#settings = settings;
    this.#parcels = factory.parcels;
    this.sandbox = factory.sandbox;
    this.#supervisor = supervisor;
  }

  /**
   * Starts workers, and resolves when the first is ready. `helpersOf` gives the files of a project's
   * helper packs, by name; `host` is the environment that workers get their part of; `support` is
   * what the kernel has for sandboxes.
   *
   * @throws a TypeError that names the option; SandboxError; NotSyncedError, LockMismatchError; WorkerCrashError if no worker comes up
   */
  static async open(
    options?: PoolOptions,
    helpersOf: (project: string) => Readonly<Record<string, string>> = () => ({}),
    host: NodeJS.ProcessEnv = process.env,
    support: SandboxSupport = sandboxSupport(),
  ): Promise<PoolExecutor> {
    const settings = readPoolOptions(options);
    const { executable, project } = locate(settings.project ?? undefined);
    const factory = new WorkerFactory(settings, executable, helpersOf(project), host, support);
    const supervisor = new Supervisor(settings, factory);
    await supervisor.open();
    return new PoolExecutor(settings, supervisor, factory);
  }

  run(batch: Batch, call: CallSettings): Promise<readonly Outcome[]> {
    return this.#run(batch, call, null);
  }

  async #run(batch: Batch, call: CallSettings, seat: Seat | null): Promise<readonly Outcome[]> {
    call.signal?.throwIfAborted();
    if (this.#isDraining) throw closedError(false);
    // Now: what the caller changes afterwards is not what was called.
    const encoded = encodeBatch(batch, MAX_FRAME, this.#parcels);
    try {
      refuseMixed(encoded.handles);
      if ((call.copy ?? this.#settings.copy) === 'forbid') refuseCopies(encoded);
      this.#bytesCopied += encoded.copiedBytes;
      this.#bytesShared += encoded.sharedBytes;
      return await this.#submit(batch, encoded, call, seat);
    } finally {
      this.#parcels.free(encoded.parcels);
      this.#parcels.shared.letGo(encoded.shared);
    }
  }

  #submit(
    batch: Batch,
    encoded: EncodedBatch,
    call: CallSettings,
    seat: Seat | null,
  ): Promise<readonly Outcome[]> {
    const sample = (place: number): Uint8Array => this.#parcels.sample(place);
    return new Promise((resolve, reject) => {
      const settle = (end: End): void => {
        if (end.ok) resolve(end.value as readonly Outcome[]);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason is its caller's choice
        else reject(end.error);
      };
      const job = new PoolJob(batch, encoded, call, this.#settings, seat, settle, sample);
      const refused = this.#supervisor.submit(job);
      if (refused !== null) reject(refused);
    });
  }

  release(objects: readonly number[]): void {
    const byWorker = new Map<number, number[]>();
    for (const n of objects) {
      const list = byWorker.get(workerOf(n));
      if (list === undefined) byWorker.set(workerOf(n), [n]);
      else list.push(n);
    }
    for (const [worker, list] of byWorker) this.#supervisor.release(worker, list);
  }

  refOf(n: number): RefId {
    return this.#refs.refOf(n);
  }

  objectOf(ref: RefId, field: string): number {
    return this.#refs.objectOf(ref, field);
  }

  /**
   * The executor of a session: made at its first use, the same one for the same name while it is
   * open.
   */
  session(name: string, affinity: 'strict' | 'hint'): SessionExecutor {
    const seat = this.#sessions.get(name) ?? {
      name,
      affinity,
      worker: null,
      used: false,
      lost: null,
    };
    this.#sessions.set(name, seat);
    const run = (batch: Batch, call: CallSettings): Promise<readonly Outcome[]> =>
      this.#run(batch, call, seat);
    return {
      name,
      get lost() {
        return seat.lost;
      },
      run,
      release: (objects) => {
        this.release(objects);
      },
      refOf: (n) => this.refOf(n),
      objectOf: (ref, field) => this.objectOf(ref, field),
      restored: () => {
        seat.lost = null;
        seat.used = false;
      },
      close: () => {
        this.#sessions.delete(name);
        this.#supervisor.unseat(seat);
        seat.lost = new PoolClosedError(`session '${name}' was closed.`);
      },
    };
  }

  get stats(): PoolStats {
    const { devices } = this.#settings;
    const count = Array.isArray(devices) ? devices.length : 0;
    const bytesShared = this.#bytesShared + this.#supervisor.bytesShared;
    const bytesCopied = this.#bytesCopied + this.#supervisor.bytesCopied;
    return { ...this.#supervisor.counts, devices: count, bytesShared, bytesCopied };
  }

  /** Process numbers of the workers, for tools and tests. */
  get pids(): readonly number[] {
    return this.#supervisor.pids;
  }

  /** Takes no new calls, and resolves when the accepted ones have ended. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#supervisor.idle();
  }

  /** Ends what is under way, then the workers. Safe to call again. */
  async close(): Promise<void> {
    this.#isDraining = true;
    await this.#supervisor.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A call runs where its objects are, and that can be only one place. */
function refuseMixed(objects: readonly number[]): void {
  const [first] = objects;
  if (first === undefined) return;
  const home = workerOf(first);
  const other = objects.find((n) => workerOf(n) !== home);
  if (other === undefined) return;
  throw new HandleElsewhereError(
    `one call uses objects of two workers, ${workerName(home)} and ${workerName(workerOf(other))}. ` +
      'Bring one of them over as data ($toJS), or keep both in one session.',
  );
}

/** Memory of V8's own crosses by a copy. Arrays of the worker's are its own to look at. */
function refuseCopies({ copiedCount }: EncodedBatch): void {
  if (copiedCount === 0) return;
  throw new CopyRequiredError(
    "an array of this call can reach a worker by a copy only, and copy: 'forbid' is set. Make it " +
      'by alloc(), which gives memory that workers see, or allow the copy for this call',
    { reason: 'inline' },
  );
}
