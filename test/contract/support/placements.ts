import { describe, test } from 'vitest';

import { errorContextTable } from '../error-context-table.ts';
import { errorRulesTable } from '../error-rules-table.ts';
import { errorsTable } from '../errors-table.ts';
import { execTable } from '../exec-table.ts';
import { helpersTable } from '../helpers-table.ts';
import { inlineFaultsTable } from '../inline-faults-table.ts';
import { inlineTable } from '../inline-table.ts';
import { payloadTable } from '../payload-table.ts';
import { remoteMembersTable } from '../remote-members-table.ts';
import { remoteProtocolsTable } from '../remote-protocols-table.ts';
import { remoteTable } from '../remote-table.ts';
import { table } from '../table.ts';
import type { Face, RemoteRow } from './remote.ts';

/**
 * The rows that every placement has which is not this thread, and those that not all have.
 *
 * @param face asked for in each test, because most placements open before the first
 */
export function runTables(
  face: () => Face,
  more: Readonly<Record<string, readonly RemoteRow[]>>,
): void {
  test.each([
    ...table,
    ...inlineTable,
    ...inlineFaultsTable.filter((row) => row.synchronous !== true),
    ...execTable,
  ])('$name', async (row) => {
    await row.run(face());
  });
  test.each([...helpersTable, ...payloadTable])('$name', async (row) => {
    await row.run(face());
  });
  test.each([...errorsTable, ...errorContextTable, ...errorRulesTable])('$name', async (row) => {
    await row.run(face());
  });
  const groups = {
    ...remoteTable,
    members: remoteMembersTable,
    protocols: remoteProtocolsTable,
    ...more,
  };
  for (const [group, rows] of Object.entries(groups)) {
    describe(group, () => {
      test.each(rows)('$name', async (row) => {
        await row.run(face());
      });
    });
  }
}
