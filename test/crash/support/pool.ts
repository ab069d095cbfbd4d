import type { Batch, Outcome, Step } from '../../../src/contract/batch.ts';
import { type CallOptions, readCallOptions } from '../../../src/contract/options.ts';
import type { PoolOptions } from '../../../src/contract/pool-options.ts';
import { PoolExecutor } from '../../../src/pool/pool-executor.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'] ?? '';

export const openPool = (options: PoolOptions = {}): Promise<PoolExecutor> =>
  PoolExecutor.open({ project, workers: 2, spares: 1, ...options });

type Runner = Pick<PoolExecutor, 'run'>;

/** One block of Python with `return`; gives its value, or throws its error. */
export async function block(
  pool: Runner,
  source: string,
  kwargs: Record<string, unknown> = {},
  options: CallOptions = {},
  more: Partial<Step> = {},
): Promise<any> {
  const step: Step = { op: 'block', name: source, kwargs, ...more };
  const batch: Batch = { steps: [step], returns: [{ step: 0, want: 'auto' }] };
  const [outcome] = await pool.run(batch, readCallOptions(options));
  return valueOf(outcome);
}

export function valueOf(outcome: Outcome | undefined): unknown {
  if (outcome?.ok !== true) throw outcome?.error as Error;
  return outcome.value;
}

/** The error of a promise that must reject. */
export async function failure(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}
