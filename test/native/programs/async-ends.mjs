// How a process ends that has used py.async: argument 1 says in what state.
import { isMainThread, Worker } from 'node:worker_threads';

import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
const face = py.async;
const never = () => new Promise(() => undefined);

/** @type {Record<string, () => unknown>} */
const programs = {
  async idle() {
    console.log(await face.import('math').sqrt(4));
  },
  async computing() {
    face.exec('while True: pass');
    await face.import('math').sqrt(4);
    process.exit(4);
  },
  async coroutine() {
    face.exec('import asyncio\nawait asyncio.sleep(60)').then(null, () => undefined);
    await face.import('math').sqrt(4);
    process.exit(4);
  },
  async callback() {
    await face.exec('f()', { in: { f: () => process.exit(5) } });
  },
  unhandled() {
    face.import('math').sqrt(-1);
  },
  async thrown() {
    py.exec('def f(): return 1 / 0\nf()');
  },
  async handled() {
    await face
      .import('math')
      .sqrt(-1)
      .then(null, (error) => console.log(error.type));
  },
  async holding() {
    const np = face.import('numpy');
    globalThis.kept = [
      await np.ones(1_000_000),
      await face.fromNumpy(np.ones(1_000_000)),
      await face.exec('def g(f):\n  yield f()\nx = g(f)', { in: { f: () => 1 }, out: ['x'] }),
    ];
    console.log('end');
  },
  async 'python thread'() {
    // It calls back in a minute: nobody waits for that.
    await face.exec(
      'import threading, time\n' +
        'threading.Thread(target=lambda: (time.sleep(60), f()), daemon=True).start()',
      { in: { f: () => 1 } },
    );
    console.log('end');
  },
  async abandoned() {
    const { sleep } = await face.exec('import ctypes\nsleep = ctypes.CDLL(None).sleep', {
      out: ['sleep'],
    });
    const { code } = await sleep.$call([60], {}, { timeout: 20 }).then(null, (error) => error);
    console.log(code);
    process.exit(0);
  },
  async promise() {
    const { wait } = await face.exec('async def wait(p): return await p', { out: ['wait'] });
    wait(never()).then(null, () => undefined);
    await face.import('math').sqrt(4);
    process.exit(6);
  },
  async 'rejected argument'() {
    // The first call of all, which loads what calls need.
    const { wait } = py.exec('async def wait(p): return await p', { out: ['wait'] });
    await wait.$async(Promise.reject(new Error('no network'))).then(null, (error) => {
      console.log(error.message);
    });
  },
  async 'one signal'() {
    const { signal } = new AbortController();
    const { sqrt } = face.options({ signal }).import('math');
    await Promise.all(Array.from({ length: 20 }, () => sqrt(4)));
  },
  async worker() {
    const worker = new Worker(new URL(import.meta.url), { argv: ['computing in a worker'] });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    console.log(await face.import('math').sqrt(4));
  },
  async 'computing in a worker'() {
    const { parentPort } = await import('node:worker_threads');
    face.exec('import time\nwhile True: time.sleep(0.001)').then(null, () => undefined);
    await face.import('math').sqrt(4);
    parentPort?.postMessage(isMainThread);
  },
};
await programs[process.argv[2]]();
