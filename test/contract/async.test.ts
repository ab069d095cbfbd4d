import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { remoteMembersTable } from './remote-members-table.ts';
import { remoteProtocolsTable } from './remote-protocols-table.ts';
import { remoteTable } from './remote-table.ts';
import type { Face } from './support/remote.ts';
import { concurrentTable, coroutinesTable } from './coroutines-table.ts';
import { errorsTable } from './errors-table.ts';
import { execTable } from './exec-table.ts';
import { helpersTable } from './helpers-table.ts';
import { inlineFaultsTable } from './inline-faults-table.ts';
import { inlineTable } from './inline-table.ts';
import { payloadTable } from './payload-table.ts';
import { table } from './table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('async', () => {
  const face: Face = open(project === undefined ? {} : { project }).async;
  test.each([
    ...table,
    ...inlineTable,
    ...inlineFaultsTable.filter((row) => row.synchronous !== true),
    ...execTable,
  ])('$name', async (row) => {
    await row.run(face);
  });
  test.each([...helpersTable, ...payloadTable])('$name', async (row) => {
    await row.run(face);
  });
  test.each(errorsTable)('$name', async (row) => {
    await row.run(face);
  });
  for (const [group, rows] of Object.entries({
    ...remoteTable,
    members: remoteMembersTable,
    protocols: remoteProtocolsTable,
    coroutines: [...coroutinesTable, ...concurrentTable],
  })) {
    describe(group, () => {
      test.each(rows)('$name', async (row) => {
        await row.run(face);
      });
    });
  }
});
