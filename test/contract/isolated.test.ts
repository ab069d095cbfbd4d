import { afterAll, beforeAll, describe } from 'vitest';

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
});
