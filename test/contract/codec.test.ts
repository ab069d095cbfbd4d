import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { encoders, registrations } from './codec-encode-table.ts';
import { decoders } from './codec-table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each([...decoders, ...encoders, ...registrations])('$name', (row) => {
    row.run(py as never);
  });
});
