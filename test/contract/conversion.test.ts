import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { conversionTable } from './conversion-table.ts';
import { valuesTable } from './values-table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('conversion in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each([...conversionTable, ...valuesTable])('$name', (row) => row.run(py));
});
