import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { WorkerCrashError } from '../../src/errors/worker-errors.ts';
import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure } from '../crash/support/pool.ts';
import { openPool } from './support/pools.ts';

const pid = (pool: PoolExecutor): Promise<number> => block(pool, 'import os\nreturn os.getpid()');

describe.runIf(process.platform === 'linux').each(['default', 'strict'] as const)(
  'memory under %s',
  (profile) => {
    let pool: PoolExecutor;
    beforeAll(async () => {
      pool = await openPool(profile, { memory: '256MiB' });
    });
    afterAll(() => pool.close());

    test.each([
      ['in small pieces', 'x = []\nwhile True: x.append(bytearray(10**6))'],
      ['in large ones that are written', 'x = []\nwhile True: x.append(b"a" * 10**8)'],
      ['by NumPy', 'import numpy as np\nx = []\nwhile True: x.append(np.ones(10**6))'],
      ['by small objects', 'x = []\nwhile True: x.append([len(x)])'],
    ])('that is used up ends the worker: %s', async (_, source) => {
      const before = await pid(pool);
      const error = await failure(block(pool, source));
      expect(error).toBeInstanceOf(WorkerCrashError);
      expect(error).toMatchObject({ reason: 'oom', taints: 'none', executed: 'yes' });
      expect(error.output).toMatch(/MemoryError[^]*of 256 MiB were in use/);
      expect(await pid(pool)).not.toBe(before);
    });

    test('a request that could never be met is an exception, and the worker lives', async () => {
      const before = await pid(pool);
      const error = await failure(block(pool, 'return bytearray(10**12)'));
      expect(error).toMatchObject({ type: 'MemoryError' });
      expect(await pid(pool)).toBe(before);
    });

    test('what code of users catches is its own', async () => {
      const source =
        'x = []\ntry:\n  while True: x.append(bytearray(10**6))\nexcept MemoryError: n = len(x)\nreturn n';
      expect(await block(pool, source)).toBeGreaterThan(150);
    });
  },
);
