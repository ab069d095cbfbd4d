// What a program loads that only calls `open()`: its start counts in milliseconds.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect, test } from 'vitest';

const main = createRequire(import.meta.url).resolve('snakepit');
const read = (file: string): string => readFileSync(new URL(file, `file://${main}`), 'utf8');

/** The rooms whose modules stand in the file; rolldown names each module's source. */
const roomsOf = (text: string): Set<string> =>
  new Set([...text.matchAll(/^\/\/ src\/([\w-]+)\//gm)].map(([, room]) => room as string));

test('who has no pool and makes no asynchronous call loads neither', () => {
  const imported = [...read('index.js').matchAll(/from "(\.[^"]+)"/g)].map(([, file]) => file);
  expect(imported).toEqual(['./chunks/core.js']);
  const core = read('chunks/core.js');
  expect(roomsOf(core)).toContain('in-process');
  expect(roomsOf(core)).not.toContain('pool');
  expect(roomsOf(core)).not.toContain('wire');
  expect([...core.matchAll(/^import .* from "([^"]+)"/gm)].map(([, file]) => file)).toEqual([]);
  expect(roomsOf(read('chunks/pool.js'))).toContain('pool');
  expect(roomsOf(read('chunks/wire.js'))).toContain('wire');
});
