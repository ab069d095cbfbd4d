import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const file = fileURLToPath(new URL('programs/async-ends.mjs', import.meta.url));

test.each([
  ['idle', 0, '2\n'],
  ['computing', 4, ''],
  ['coroutine', 4, ''],
  ['callback', 5, ''],
  ['handled', 0, 'ValueError\n'],
  ['holding', 0, 'end\n'],
  ['python thread', 0, 'end\n'],
  ['abandoned', 0, 'ERR_ABANDONED\n'],
  ['promise', 6, ''],
  ['rejected argument', 0, 'no network\n'],
  ['one signal', 0, ''],
  ['worker', 0, '2\n'],
])('a process that has used py.async ends as it should: %s', (state, status, stdout) => {
  const ended = spawnSync(process.execPath, [file, state], { encoding: 'utf8', timeout: 30_000 });
  expect(ended).toMatchObject({ status, signal: null, stdout, stderr: '' });
});

test.each([
  ['unhandled', /ValueError: [^]*async-ends\.mjs:\d+/],
  ['thrown', /ZeroDivisionError: division by zero[^]*at f \([^]*async-ends\.mjs:\d+/],
])('an error that nobody handles is printed with its stack: %s', (state, stderr) => {
  const ended = spawnSync(process.execPath, [file, state], { encoding: 'utf8', timeout: 30_000 });
  expect(ended).toMatchObject({ status: 1, signal: null, stdout: '' });
  expect(ended.stderr).toMatch(stderr);
});
