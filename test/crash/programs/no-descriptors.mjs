// A worker dies while the process may open nothing: run under a low limit of descriptors.
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { isolated } from 'snakepit';

const project = process.env.SNAKEPIT_TEST_PROJECT;
const pool = await isolated({ ...(project === undefined ? {} : { project }), workers: 1 });
const before = await pool.builtins.sum([1, 2]);
const taken = [];
try {
  for (;;) taken.push(openSync('/dev/null'));
} catch {
  // All are taken.
}
const { code } = await pool
  .import('ctypes')
  .string_at(0)
  .then(null, (error) => error);
await sleep(300);
for (const descriptor of taken) closeSync(descriptor);
console.log(before, code, await pool.builtins.sum([1, 2]));
await pool.close();
