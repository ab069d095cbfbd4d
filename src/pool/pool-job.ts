import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import type { Batch, Step } from '../contract/batch.ts';
import { ModuleName } from '../contract/batch.ts';
import type { CallSettings } from '../contract/options.ts';
import type { PoolSettings } from '../contract/pool-options.ts';
import type { EncodedBatch } from '../wire/connection.ts';
import type { RunContext } from '../wire/message.ts';
import type { End, Job, Seat, WorkerId } from './job.ts';

/** Objects of one worker are numbered from `worker * NUMBERS` on, so that a number says where. */
export const NUMBERS: number = 2 ** 32;

export function workerOf(object: number): WorkerId {
  return Math.floor(object / NUMBERS);
}

/** FNV-1a, twice with different begins: enough to tell calls apart, and quick. */
function digest(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
  }
  return `${(a >>> 0).toString(16)}.${(b >>> 0).toString(16)}.${String(bytes.length)}`;
}

const CALLS: ReadonlySet<string> = new Set([
  'function',
  'construct',
  'method',
  'helper',
  'call',
  'again',
]);

function nameOfStep({ op, target, name }: Step): string {
  if (op === 'block' || op === 'exec') return 'py`…`';
  const said = name ?? op;
  return target instanceof ModuleName ? `${target.module}.${said}` : said;
}

/** The function that a batch is about: its last call, or what its last step does. */
function nameOf({ steps }: Batch): string {
  const call = steps.findLast(({ op }) => CALLS.has(op)) ?? steps.at(-1);
  return call === undefined ? 'a call' : nameOfStep(call);
}

let last = 0;

/** A batch on its way through the pool. */
export class PoolJob implements Job {
  readonly id: number = ++last;
  readonly seat: Seat | null;
  readonly home: WorkerId | null;
  readonly idempotent: boolean;
  readonly retry: Job['retry'];
  readonly timeout: number | null;
  readonly batch: Batch;
  readonly encoded: EncodedBatch;
  readonly #settle: (end: End) => void;
  readonly #sample: (place: number) => Uint8Array;
  readonly #signal: AbortSignal | null;
  readonly #session: string | null;
  readonly #forbid: boolean;
  readonly #origin: CallSettings['origin'];
  /** Where it was sent last. */
  worker: WorkerId = 0;
  ticket = 0;
  #isTaken = false;
  #onAbort: (() => void) | null = null;
  #fingerprint: string | null = null;
  #name: string | null = null;
  #key: string | undefined = undefined;

  constructor(
    batch: Batch,
    encoded: EncodedBatch,
    call: CallSettings,
    pool: Pick<PoolSettings, 'retry' | 'timeout' | 'copy'>,
    seat: Seat | null,
    settle: (end: End) => void,
    sample: (place: number) => Uint8Array = () => new Uint8Array(),
  ) {
    this.batch = batch;
    this.encoded = encoded;
    this.seat = seat;
    this.#session = seat?.name ?? null;
    const [object] = encoded.handles;
    this.home = object === undefined ? null : workerOf(object);
    this.idempotent = call.idempotent;
    this.retry = call.retry ?? pool.retry;
    this.timeout = call.timeout ?? pool.timeout;
    this.#forbid = (call.copy ?? pool.copy) === 'forbid';
    this.#signal = call.signal;
    this.#origin = call.origin;
    this.#settle = settle;
    this.#sample = sample;
  }

  /** Everything outside of sessions shares one place in the turns. */
  get tenant(): string {
    return this.#session === null ? '' : `session ${this.#session}`;
  }

  get name(): string {
    return (this.#name ??= nameOf(this.batch));
  }

  /** Only asked for once something has crashed. */
  get fingerprint(): string {
    if (this.#fingerprint !== null) return this.#fingerprint;
    const { bytes, parcels, shared } = this.encoded;
    const files = Buffer.from(shared.map(({ file }) => file).join());
    const parts = [bytes, ...parcels.map(this.#sample), files].map(digest);
    this.#fingerprint = `${this.name} ${parts.join(' ')}`;
    return this.#fingerprint;
  }

  /** `shared`: the blocks of the batch as the worker is given them. */
  context(attempt: number, shared: RunContext['shared']): RunContext | null {
    const origin = this.#origin;
    const { parcels } = this.encoded;
    const beside = parcels.length > 0 || shared !== undefined || this.#forbid;
    // What may run again is known by one key for all its attempts.
    if (this.idempotent) this.#key ??= origin?.key ?? randomUUID();
    // The common call says nothing, in no bytes.
    const { idempotent } = this;
    const plain = attempt === 0 && this.#session === null && origin === undefined && !idempotent;
    if (plain && !beside) return null;
    const { key = this.#key, trace, attempt: before = 0 } = origin ?? {};
    const said = plain
      ? {}
      : { attempt: before + attempt, session: this.#session ?? undefined, key, trace };
    if (!beside) return said;
    return {
      ...said,
      parcels: parcels.length > 0 ? parcels : undefined,
      shared,
      forbid: this.#forbid || undefined,
    };
  }

  onAbort(act: (reason: unknown) => void): void {
    const signal = this.#signal;
    if (signal === null) return;
    this.#onAbort = () => {
      act(signal.reason);
    };
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Its caller got what the worker answered. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  settle(end: End): void {
    this.#isTaken = end.ok;
    if (this.#onAbort !== null) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#settle(end);
  }
}
