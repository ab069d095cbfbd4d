// A worker process from nothing to ready, NumPy imported: what a crash costs where nothing is kept warm.
import { fileURLToPath } from 'node:url';
import { startOnPipes } from './pipes.mjs';

const script = fileURLToPath(new URL('../../python/snakepit/start_worker.py', import.meta.url));

/**
 * @param {string} python
 * @returns {Promise<number>} nanoseconds
 */
export async function coldStart(python) {
  const { Connection } = await import('../../dist/wire/connection.js');
  const begin = process.hrtime.bigint();
  const { child, open } = await startOnPipes(python, [script, '{}']);
  const nanos = await new Promise((resolve) => {
    const connection = new Connection(open, {
      message(message) {
        if (message.kind !== 'ready') return;
        resolve(Number(process.hrtime.bigint() - begin));
        connection.close();
      },
      closed() {},
    });
    connection.ref();
    const limits = { maxFrame: 2 ** 26, maxHandles: 1000, firstHandle: 1 };
    connection.hello({ ...limits, preload: ['numpy'], helpers: {}, env: {} });
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return nanos;
}
