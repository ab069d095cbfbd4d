// What hostile program 4 shares with its workers: a place in Python that keeps memory for a while,
// the comparison of what it reads, and the workers themselves.
import { Worker } from 'node:worker_threads';

import { check, py, settle } from './host.mjs';

// A module, so that workers and this thread meet in one place.
py.exec(`
import sys, types
import numpy as np
kept = {}
def keep(key, x):
    kept[key] = x
def read(key):
    x = kept[key]
    return bytes(memoryview(x).cast('B')) if isinstance(x, memoryview) else x.tobytes()
def write(key, at, value):
    np.asarray(kept[key]).reshape(-1).view(np.uint8)[at] = value
def drop(key):
    del kept[key]
def held():
    return len(kept)
module = types.ModuleType('snakepit_kept')
for f in (keep, read, write, drop, held):
    setattr(module, f.__name__, f)
sys.modules['snakepit_kept'] = module
`);
export const kept = py.import('snakepit_kept');
export const BYTES = 1_000_000;
let key = 0;

/** A name in `kept` that nobody had before. */
export const nextKey = () => key++;

/** Memory that a stream, a clone or a port takes is freed there: what reads it later must fault. */
export async function trample() {
  const junk = Array.from({ length: 12 }, () => new Uint8Array(4_000_000).fill(170));
  await settle(2);
  return junk.length;
}

export async function compare(name, own, want) {
  await trample();
  const seen = kept.read(own);
  check(
    Buffer.compare(Buffer.from(seen), Buffer.from(want)) === 0,
    `${name}: Python sees other data`,
  );
}

/** A worker_thread for one task of worker.mjs. */
export function start(task, { seed = 0, bytes = BYTES, stay = false }) {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: { task, bytes, seed, stay },
  });
  worker.on('error', (error) => check(false, `worker ${JSON.stringify(task)}: ${error.stack}`));
  return worker;
}

/** What the worker posts until it says that it is done, and its end. */
export async function untilEnd(worker, terminate) {
  let posted = null;
  let done = false;
  await new Promise((resolve) => {
    worker.on('exit', (code) => {
      check(done, `a worker ended with ${code} before it was done`);
      resolve();
    });
    worker.on('message', (message) => {
      done ||= message === 'done';
      if (message !== 'done') posted = message;
      else if (terminate) worker.terminate();
    });
  });
  return posted;
}
