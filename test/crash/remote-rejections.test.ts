import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

test('a failed call that nobody awaits is one unhandled rejection, with its stack', () => {
  const file = fileURLToPath(new URL('programs/remote-rejections.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(stderr).toBe('');
  // An idle pool lets the process end by itself.
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ said: ['ValueError: true'], answer: 'ValueError' });
});
