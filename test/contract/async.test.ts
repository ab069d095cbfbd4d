import { describe } from 'vitest';

import { open } from '../../src/runtime/create-runtime.ts';
import { concurrentTable, coroutinesTable } from './coroutines-table.ts';
import { fallbackTable } from './fallback-table.ts';
import { runTables } from './support/placements.ts';
import type { Face } from './support/remote.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('async', () => {
  const face: Face = open(project === undefined ? {} : { project }).async;
  runTables(() => face, {
    fallbacks: fallbackTable,
    coroutines: [...coroutinesTable, ...concurrentTable],
  });
});
