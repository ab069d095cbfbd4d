// A pool in a worker_thread: argument 1, in the thread, is `close`, or `end` for being terminated.
import { readdirSync, readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { isolated } from 'snakepit';

const project = process.env.SNAKEPIT_TEST_PROJECT;
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  const said = [];
  const up = new Promise((resolve) => {
    worker.on('message', (message) => {
      said.push(message);
      if (message === 'up') resolve(undefined);
    });
  });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  await up;
  if (process.argv[2] === 'end') await worker.terminate();
  await exited;
  console.log(JSON.stringify(said));
} else {
  const pool = await isolated({ ...(project === undefined ? {} : { project }), workers: 1 });
  const np = await pool.import('numpy');
  const tensor = pool.alloc('float32', [1_000_000]);
  tensor.data.fill(2);
  parentPort?.postMessage(await np.sum(tensor));
  const error = await pool`import os; os.kill(os.getpid(), 9)`.then(null, (reason) => reason);
  parentPort?.postMessage(error.signal);
  parentPort?.postMessage(await np.sum(tensor));
  // How many processes are found that way while it is open.
  const ours = readdirSync('/proc').filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`"parent":${process.pid}`);
    } catch {
      return false;
    }
  });
  parentPort?.postMessage(String(ours.length));
  if (workerData === 'close') await pool.close();
  else pool`while True: pass`.then(null, () => undefined);
  parentPort?.postMessage('up');
}
