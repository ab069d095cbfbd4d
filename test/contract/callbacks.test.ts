import { describe, test } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { identities } from './callbacks-identity-table.ts';
import { callbacks } from './callbacks-table.ts';
import { iterables } from './iterables-table.ts';
import { liveObjects } from './live-objects-table.ts';
import { unbuilt } from './members-table.ts';
import { rethrows } from './rethrow-table.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each([...callbacks, ...identities, ...iterables, ...liveObjects, ...rethrows, ...unbuilt])(
    '$name',
    (row) => row.run(py),
  );
});
