import {
  type Batch,
  type BatchExecutor,
  KeptObject,
  ModuleName,
  type Outcome,
  type Step,
} from '../contract/batch.ts';
import type { CopyPolicy } from '../contract/copies.ts';
import { parseRef, type RefId } from '../contract/handle.ts';
import type { CallSettings } from '../contract/options.ts';
import { CopyRequiredError } from '../errors/errors.ts';
import { HandleElsewhereError } from '../errors/worker-errors.ts';
import { behind, keptIn } from './operands.ts';
import { isIsolated, type Rules } from './route-rules.ts';

/** A pool that is made when the first call needs it. */
export interface LazyPool {
  /** The pool; the same one for all. */
  open(): Promise<BatchExecutor>;
  /** null: no call needed it yet. */
  readonly opened: BatchExecutor | null;
}

export interface RoutedOptions {
  readonly local: BatchExecutor;
  readonly pool: LazyPool;
  readonly rules: Rules;
  readonly copy: CopyPolicy;
}

/** Objects of the pool are numbered from here on (src/pool/pool-job.ts), those of this process below. */
const FIRST_FAR = 2 ** 32;

const isFar = (n: number): boolean => n >= FIRST_FAR;

const CARRY = new ModuleName('_snakepit.carry');

/**
 * Runs each batch in this process or in a worker, as the rules and its objects say. A call runs
 * where its objects are; arrays of this process are carried to a worker, by a copy.
 */
export class RoutedExecutor implements BatchExecutor {
  readonly #local: BatchExecutor;
  readonly #pool: LazyPool;
  readonly #rules: Rules;
  readonly #copy: CopyPolicy;

  constructor({ local, pool, rules, copy }: RoutedOptions) {
    this.#local = local;
    this.#pool = pool;
    this.#rules = rules;
    this.#copy = copy;
  }

  async run(batch: Batch, settings: CallSettings): Promise<readonly Outcome[]> {
    const kept = [...keptIn(batch)];
    const far = kept.some(isFar);
    if (!far && !isIsolated(batch, settings, this.#rules)) {
      return await this.#local.run(batch, settings);
    }
    if (settings.isolate === false) {
      throw new HandleElsewhereError(
        'this call uses an object that lives in a worker, and isolate: false keeps it in this ' +
          'process. Bring the object over as data ($toJS(), fromNumpy()), or leave the option out',
      );
    }
    const near = kept.filter((n) => !isFar(n));
    // Taken now: what the caller changes afterwards is not what was called.
    const carried = near.length === 0 ? batch : await this.#carry(batch, near, settings);
    const pool = await this.#pool.open();
    return await pool.run(carried, settings);
  }

  /** The batch with its objects of this process inside, as bytes that the worker unpacks first. */
  async #carry(batch: Batch, near: readonly number[], settings: CallSettings): Promise<Batch> {
    if ((settings.copy ?? this.#copy) === 'forbid') {
      throw new CopyRequiredError(
        'an array of this process can reach a worker by a copy only, and copy: ' +
          "'forbid' is set; allow the copy, or make the array there (options({ isolate: true }))",
        { reason: 'inline' },
      );
    }
    const steps: Step[] = near.map((n) => {
      return { op: 'function', target: CARRY, name: 'pack', args: [new KeptObject(n)] };
    });
    const returns = steps.map((_step, step) => ({ step, want: 'value' as const }));
    // Not under the call's own time: it is no call of the user's.
    const packed = await this.#local.run({ steps, returns }, { ...settings, timeout: null });
    const first: Step[] = packed.map((outcome) => {
      if (!outcome.ok) throw outcome.error as Error;
      return { op: 'function', target: CARRY, name: 'unpack', args: [outcome.value] };
    });
    return behind(first, new Map(near.map((n, step) => [n, step])), batch);
  }

  release(objects: readonly number[]): void {
    const near = objects.filter((n) => !isFar(n));
    if (near.length > 0) this.#local.release(near);
    if (near.length < objects.length) this.#pool.opened?.release(objects.filter(isFar));
  }

  refOf(n: number): RefId {
    const place = isFar(n) ? this.#pool.opened : this.#local;
    if (place === null) throw new Error('routed-executor.ts: an object of no pool');
    return place.refOf(n);
  }

  objectOf(ref: RefId, field: string): number {
    const { opened } = this.#pool;
    const far = opened !== null && parseRef(ref)?.generation !== 0;
    return (far ? opened : this.#local).objectOf(ref, field);
  }
}
