import { expect, test } from 'vitest';

import { TAGS } from '../../src/in-process/tape.ts';
import { loadBinding } from '../../src/native/load.ts';

test('both sides have the same tags', () => {
  expect(loadBinding().tapeTags()).toEqual(TAGS);
});
