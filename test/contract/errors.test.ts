import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { errorsTable } from './errors-table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each(errorsTable)('$name', (row) => row.run(py));
});
