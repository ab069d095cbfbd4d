import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { WorkerCrashError } from '../../src/errors/worker-errors.ts';
import { isolated } from '../../src/runtime/isolated.ts';
import { coroutinesTable } from './coroutines-table.ts';
import { fallbackTable } from './fallback-table.ts';
import { refusedArgumentsTable, remoteStreamsTable } from './remote-streams-table.ts';
import { runTables } from './support/placements.ts';
import type { Face } from './support/remote.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('isolated', () => {
  let pool: Face;
  beforeAll(async () => {
    pool = await isolated({ workers: 1, ...(project === undefined ? {} : { project }) });
  });
  afterAll(async () => {
    await pool.close();
  });
  runTables(() => pool, {
    fallbacks: fallbackTable,
    streams: remoteStreamsTable,
    refused: refusedArgumentsTable,
    coroutines: coroutinesTable,
  });

  test('onError answers a dead worker too, and the pool lives on', async () => {
    const careful = pool.options({ onError: (error: Error) => error });
    const dead = await careful`import os; os._exit(3)`;
    expect(dead).toBeInstanceOf(WorkerCrashError);
    expect(dead).toMatchObject({ reason: 'exit', exitCode: 3 });
    expect(await careful`1 + 1`).toBe(2);
  });
});
