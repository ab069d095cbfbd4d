// A host process of its own: what tests end, or look at from outside.
import { fileURLToPath } from 'node:url';

import { PoolExecutor } from '../../../dist/pool/pool-executor.js';

const project =
  process.env['SNAKEPIT_TEST_PROJECT'] ??
  fileURLToPath(new URL('../../fixtures/project', import.meta.url));

/** @param {object} [options] */
export const openPool = (options = {}) =>
  PoolExecutor.open({ project, workers: 2, spares: 1, ...options });

const CALL = {
  idempotent: false,
  signal: null,
  timeout: null,
  retry: null,
  device: null,
  copy: null,
  onError: null,
  isolate: null,
};

/**
 * @param {PoolExecutor} pool
 * @param {string} source
 * @param {Record<string, unknown>} [kwargs]
 * @param {object} [call]
 */
export async function block(pool, source, kwargs = {}, call = {}) {
  const batch = {
    steps: [{ op: 'block', name: source, kwargs }],
    returns: [{ step: 0, want: 'auto' }],
  };
  const [outcome] = await pool.run(batch, { ...CALL, ...call });
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}
