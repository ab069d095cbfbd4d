// A worker_thread that does one thing to memory and ends. `workerData.project` is not needed: the
// environment names it, and Python is the one of the process.
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { task, bytes, seed, stay } = workerData;

async function handOver() {
  const { pattern, py } = await import('./host.mjs');
  const { tensor } = await import('snakepit');
  const kept = py.import('snakepit_kept');
  const make = {
    plain: () => Uint32Array.from(new Uint32Array(pattern(bytes, seed).buffer)),
    shared: () => {
      const data = new Uint32Array(new SharedArrayBuffer(bytes));
      data.set(new Uint32Array(pattern(bytes, seed).buffer));
      return data;
    },
    alloc: () => {
      const t = py.alloc('uint32', [bytes / 4]);
      t.data.set(new Uint32Array(pattern(bytes, seed).buffer));
      return t;
    },
    taken: () => tensor(new Uint32Array(pattern(bytes, seed).buffer), { move: true }),
    pool: () => {
      const slice = Buffer.from(pattern(bytes, seed));
      return new Uint32Array(slice.buffer, slice.byteOffset, slice.byteLength / 4);
    },
  }[task.kind];
  kept.keep(seed, py.toNumpy(make()));
}

/** A result's memory moves out of its window, to the main thread, and this thread ends. */
async function moveOut() {
  const { make, py } = await import('./host.mjs');
  const t = py.fromNumpy(make(bytes / 4, seed));
  const { byteOffset, byteLength } = t.data;
  let moved;
  if (task.how === 'transfer') {
    moved = new Uint8Array(t.data.buffer.transfer(), byteOffset, byteLength);
  } else {
    const stream = new ReadableStream({
      type: 'bytes',
      start: (controller) =>
        controller.enqueue(new Uint8Array(t.data.buffer, byteOffset, byteLength)),
    });
    moved = (await stream.getReader().read()).value;
  }
  parentPort.postMessage(moved, [moved.buffer]);
}

/** Receives memory and ends with it. */
async function swallow() {
  await new Promise((resolve) => parentPort.once('message', resolve));
}

await { handOver, moveOut, swallow }[task.name]();
parentPort.postMessage('done');
if (stay) await setTimeout(60_000);
else parentPort.unref?.();
