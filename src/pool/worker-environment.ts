import { availableParallelism } from 'node:os';

import type { PoolSettings } from '../contract/pool-options.ts';

/**
 * What a worker needs of the host's environment to run as the same user in the same place. The
 * rest stays here: secrets of a service are no business of a library's code.
 */
const PASSED: RegExp =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TERM|TMPDIR|LC_\w+|XDG_\w+|LD_LIBRARY_PATH|SSL_CERT_(FILE|DIR)|(CUDA|NVIDIA|OMP|OPENBLAS|MKL|NUMEXPR|KMP)_\w+|ASAN_OPTIONS)$/;

/** Libraries that begin a thread for each core unless told otherwise. */
const THREADS: readonly string[] = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
];

type Wanted = Pick<PoolSettings, 'env' | 'sandbox' | 'workers' | 'devices'>;

/** The environment of a pool's workers: the cores are divided among them. */
export function workerEnvironment(
  { env, sandbox, workers, devices }: Wanted,
  host: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) continue;
    if (sandbox.profile === 'none' || PASSED.test(name)) result[name] = value;
  }
  const threads = String(Math.max(1, Math.floor(availableParallelism() / workers)));
  for (const name of THREADS) result[name] ??= threads;
  if (devices === 'none') result['CUDA_VISIBLE_DEVICES'] = '';
  else if (devices !== 'auto') result['CUDA_VISIBLE_DEVICES'] = devices.join(',');
  return { ...result, ...env };
}
