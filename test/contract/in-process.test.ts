import { inspect } from 'node:util';

import { describe, expect, it, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { execTable } from './exec-table.ts';
import { helpersTable } from './helpers-table.ts';
import { inlineFaultsTable } from './inline-faults-table.ts';
import { inlineTable } from './inline-table.ts';
import { table } from './table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each(table)('$name', (row) => row.run(py));
  test.each([...inlineTable, ...inlineFaultsTable, ...execTable])('$name', (row) => row.run(py));
  test.each(helpersTable)('$name', (row) => row.run(py));

  it('shows helper packs and what they offer, and loads none for it that is not looked into', () => {
    expect(inspect(py.helpers)).toBe('helper packs { broken, leaves, stats, sympy }');
    expect(Object.keys(py.helpers as object)).toEqual(['broken', 'leaves', 'stats', 'sympy']);
    expect('stats' in py.helpers && !('nope' in py.helpers)).toBe(true);
    expect(Object.keys(py.helpers.stats as object)).toEqual(['OutOfBounds', 'root', 'spread']);
    expect(inspect(py.helpers.broken)).toBe('helper pack broken {  }');
    expect(py.helpers.stats.UNIT).toBe('m');
    expect(py.helpers.then).toBeUndefined();
    expect(py.helpers.stats.then).toBeUndefined();
  });
});
