import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

test('a worker that cannot be started for want of descriptors is started later', () => {
  const file = fileURLToPath(new URL('programs/no-descriptors.mjs', import.meta.url));
  const program = ['-c', 'ulimit -n 256; exec "$0" "$1"', process.execPath, file];
  const ended = spawnSync('/bin/sh', program, { encoding: 'utf8', timeout: 30_000 });
  expect(ended).toMatchObject({ status: 0, stdout: '3 ERR_WORKER_CRASH 3\n', stderr: '' });
});
