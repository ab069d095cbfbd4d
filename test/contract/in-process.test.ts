import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { execTable } from './exec-table.ts';
import { inlineFaultsTable } from './inline-faults-table.ts';
import { inlineTable } from './inline-table.ts';
import { table } from './table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each(table)('$name', (row) => row.run(py));
  test.each([...inlineTable, ...inlineFaultsTable, ...execTable])('$name', (row) => row.run(py));
});
