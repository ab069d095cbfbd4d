// A worker of snakepit: arguments encoded, sent, decoded, math.sqrt called, and the way back.
import { fileURLToPath } from 'node:url';
import { startOnPipes } from '../harness/pipes.mjs';

const script = fileURLToPath(new URL('../../python/snakepit/start_worker.py', import.meta.url));

/**
 * @param {import('./contestant.mjs').BenchPython} python
 * @returns {Promise<import('./contestant.mjs').Operations>}
 */
export async function open(python) {
  const { Connection, encodeBatch, outcomesOf } = await import('../../dist/wire/connection.js');
  const { ModuleName } = await import('../../dist/contract/batch.js');
  const { child, open: openChannel } = await startOnPipes(python.executable, [script, '{}']);
  /** @type {Map<number, { returns: any, resolve: (value: any) => void }>} */
  const pending = new Map();
  /** @type {(value?: unknown) => void} */
  let start = () => undefined;
  const ready = new Promise((resolve) => (start = resolve));
  const connection = new Connection(openChannel, {
    message(message) {
      if (message.kind === 'ready') start();
      if (message.kind !== 'result') return;
      const call = pending.get(message.id);
      pending.delete(message.id);
      const [outcome] = outcomesOf(call?.returns, message.values);
      call?.resolve(outcome?.ok ? outcome.value : outcome?.error);
    },
    closed() {},
  });
  connection.ref();
  const limits = { maxFrame: 2 ** 26, maxHandles: 1000, firstHandle: 1 };
  connection.hello({ ...limits, preload: [], helpers: {}, env: {} });
  await ready;
  let id = 0;
  return {
    pipe: {
      call: (x) =>
        new Promise((resolve) => {
          const target = new ModuleName('math');
          const step = /** @type {const} */ ({ op: 'function', target, name: 'sqrt', args: [x] });
          const returned = /** @type {const} */ ({ step: 0, want: 'auto' });
          const returns = [returned];
          id += 1;
          pending.set(id, { returns, resolve });
          connection.run(id, encodeBatch({ steps: [step], returns }));
        }),
      right: (answer, x) => answer === Math.sqrt(x),
    },
    close: () => {
      connection.close();
      child.kill();
    },
  };
}
