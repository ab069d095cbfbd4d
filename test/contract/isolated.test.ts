import { afterAll, beforeAll, describe, test } from 'vitest';

import { isolated } from '../../src/runtime/isolated.ts';
import { remoteMembersTable } from './remote-members-table.ts';
import { remoteProtocolsTable } from './remote-protocols-table.ts';
import { refusedArgumentsTable, remoteStreamsTable } from './remote-streams-table.ts';
import { remoteTable } from './remote-table.ts';
import type { Face } from './support/remote.ts';
import { coroutinesTable } from './coroutines-table.ts';
import { errorsTable } from './errors-table.ts';
import { execTable } from './exec-table.ts';
import { helpersTable } from './helpers-table.ts';
import { inlineFaultsTable } from './inline-faults-table.ts';
import { inlineTable } from './inline-table.ts';
import { payloadTable } from './payload-table.ts';
import { table } from './table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('isolated', () => {
  let pool: Face;
  beforeAll(async () => {
    pool = await isolated({ workers: 1, ...(project === undefined ? {} : { project }) });
  });
  afterAll(async () => {
    await pool.close();
  });
  test.each([
    ...table,
    ...inlineTable,
    ...inlineFaultsTable.filter((row) => row.synchronous !== true),
    ...execTable,
  ])('$name', async (row) => {
    await row.run(pool);
  });
  test.each([...helpersTable, ...payloadTable])('$name', async (row) => {
    await row.run(pool);
  });
  test.each(errorsTable)('$name', async (row) => {
    await row.run(pool);
  });
  for (const [group, rows] of Object.entries({
    ...remoteTable,
    members: remoteMembersTable,
    protocols: remoteProtocolsTable,
    streams: remoteStreamsTable,
    refused: refusedArgumentsTable,
    coroutines: coroutinesTable,
  })) {
    describe(group, () => {
      test.each(rows)('$name', async (row) => {
        await row.run(pool);
      });
    });
  }
});
