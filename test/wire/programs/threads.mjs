// Threads that are ended while their channels are open and busy.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { batch, start } from './start.mjs';

const THREADS = 20;

if (isMainThread) {
  const python = process.argv[2];
  const once = () =>
    new Promise((resolve) => {
      const thread = new Worker(fileURLToPath(import.meta.url), { workerData: python });
      thread.once('message', () => void thread.terminate().then(resolve));
    });
  const count = () => readdirSync('/proc/self/fd').length;
  await once();
  const before = count();
  for (let i = 0; i < THREADS; i++) await once();
  console.log(`${THREADS} threads, ${count() - before} descriptors more`);
} else {
  let id = 0;
  const { connection, child } = start(workerData, (message) => {
    if (message.kind === 'ready' || message.kind === 'result') {
      connection.run(++id, batch('abs', id));
    }
    if (id === 50) parentPort.postMessage('busy');
  });
  connection.ref();
  child.unref();
}
