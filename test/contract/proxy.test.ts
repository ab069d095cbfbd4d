import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { contexts } from './contexts-table.ts';
import { iteration } from './iteration-table.ts';
import { protocols } from './protocol-table.ts';
import { proxies } from './proxy-table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each(proxies)('$name', (row) => row.run(py));
  test.each(iteration)('$name', (row) => row.run(py));
  test.each(contexts)('$name', (row) => row.run(py));
  test.each(protocols)('$name', (row) => row.run(py));
});
