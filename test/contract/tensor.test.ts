import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { tensorTable } from './tensor-table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('tensors in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each(tensorTable)('$name', (row) => row.run(py));
});
