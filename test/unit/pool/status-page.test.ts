import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { SLOT_BYTES, WORD } from '../../../src/pool/status-page.ts';

const text = ['turns', 'process_setup']
  .map((name) =>
    readFileSync(new URL(`../../../python/snakepit/${name}.py`, import.meta.url), 'utf8'),
  )
  .join('\n');

/** What Python calls a number, wherever it says so. */
const said = (name: string): number[] =>
  [...text.matchAll(new RegExp(`^${name} = (\\d+)$`, 'gm'))].map(([, number]) => Number(number));

test('the status page is the same in both languages', () => {
  expect(said('_STARTED')).toEqual([WORD.started]);
  expect(said('_CURRENT')).toEqual([WORD.current]);
  expect(said('_CANCEL')).toEqual([WORD.cancel]);
  expect(said('_NATIVE_BEAT')).toEqual([WORD.nativeBeat]);
  expect(said('_SLOT_BYTES')).toEqual([SLOT_BYTES, SLOT_BYTES]);
});
