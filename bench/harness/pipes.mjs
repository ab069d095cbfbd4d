// A Python process on two pipes of ours, as the pool starts its workers.
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';

/**
 * @param {string} python
 * @param {readonly string[]} args
 */
export async function startOnPipes(python, args) {
  const { nativeChannel } = await import('../../dist/wire/connection.js');
  const { loadBinding } = await import('../../dist/native/load.js');
  const requests = loadBinding().makePipe(1);
  const replies = loadBinding().makePipe(0);
  if (typeof requests === 'number' || typeof replies === 'number') throw new Error('no pipes');
  const child = spawn(python, ['-I', ...args], {
    stdio: ['ignore', 'ignore', 'inherit', requests[0], replies[1]],
  });
  closeSync(requests[0]);
  closeSync(replies[1]);
  return { child, open: nativeChannel(replies[0], requests[1]) };
}
