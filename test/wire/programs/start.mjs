// A worker over a native channel, from the built package.
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Connection, encodeBatch, nativeChannel } from '../../../dist/wire/connection.js';
import { ModuleName } from '../../../dist/contract/batch.js';
import { loadBinding } from '../../../dist/native/load.js';

const script = fileURLToPath(new URL('../../../python/snakepit/start_worker.py', import.meta.url));

export const batch = (name, ...args) =>
  encodeBatch({
    steps: [{ op: 'function', target: new ModuleName('builtins'), name, args }],
    returns: [{ step: 0, want: 'auto' }],
  });

/** Calls `message` for each message of the worker. */
export function start(python, message) {
  const requests = loadBinding().makePipe(1);
  const replies = loadBinding().makePipe(0);
  const child = spawn(python, ['-I', script, '{}'], {
    stdio: ['ignore', 'ignore', 'inherit', requests[0], replies[1]],
  });
  closeSync(requests[0]);
  closeSync(replies[1]);
  const connection = new Connection(nativeChannel(replies[0], requests[1]), {
    message,
    closed() {},
  });
  const limits = { maxFrame: 2 ** 20, maxHandles: 10, firstHandle: 1 };
  connection.hello({ ...limits, preload: [], helpers: {}, env: {} });
  return { child, connection };
}
