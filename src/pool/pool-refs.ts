import { formatRef, type RefId } from '../contract/handle.ts';
import { readRef } from '../contract/payload-refs.ts';
import { HandleElsewhereError } from '../errors/worker-errors.ts';
import { workerName } from './failures.ts';
import { NUMBERS, workerOf } from './pool-job.ts';

let pools = 0;

/** Handles as text. Two pools of one process never take each other's. */
export class PoolRefs {
  readonly #pool: string;

  constructor() {
    pools += 1;
    this.#pool = pools === 1 ? '' : `p${String(pools)}-`;
  }

  refOf(n: number): RefId {
    const worker = workerOf(n);
    const name = this.#pool + workerName(worker);
    return formatRef({ worker: name, generation: worker, session: '', n: n - worker * NUMBERS });
  }

  objectOf(ref: RefId, field: string): number {
    const { worker, generation, n } = readRef(ref, field);
    if (worker === this.#pool + workerName(generation)) return generation * NUMBERS + n;
    throw new HandleElsewhereError(
      `${field}: the handle ${ref} is of ${worker === 'host' ? 'this process' : `worker ${worker}`}, ` +
        `and this call runs in a pool whose workers are named ${this.#pool}w1, ${this.#pool}w2, …`,
    );
  }
}
