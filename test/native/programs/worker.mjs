// Python from worker_threads, opened there first or after the main thread: `main` | `worker`.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { errors, open } from 'snakepit';

const project = process.env.SNAKEPIT_TEST_PROJECT;

function work() {
  const py = open({ project });
  const np = py.import('numpy');
  let sum = 0;
  for (let i = 0; i < 5000; i++) sum += np.arange(i % 10).sum();
  try {
    py.import('math').sqrt(-1);
  } catch (error) {
    sum += error instanceof errors.ValueError ? 1 : 0;
  }
  return { sum, thread: py.import('threading').get_ident() };
}

function start(end) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: end });
    worker.once('error', reject);
    worker.once('message', (message) => {
      if (end === 'terminate') worker.terminate();
      worker.once('exit', () => resolve(message));
    });
  });
}

if (isMainThread) {
  if (process.argv[2] === 'main') work();
  const ends = ['return', 'return', 'terminate'];
  const results = await Promise.all(ends.map(start));
  console.log(JSON.stringify([...results, work()]));
} else {
  const result = work();
  parentPort.postMessage(result);
  if (workerData === 'terminate') {
    // Inside of Python when it is ended.
    const py = open({ project });
    for (;;) py.import('time').sleep(0.001);
  }
}
