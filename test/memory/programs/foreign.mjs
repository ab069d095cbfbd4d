// Hostile program 4: Python keeps memory that JavaScript made, and JavaScript moves, detaches,
// resizes or grows it, or its worker_thread ends. Python reads the right bytes, or whoever asks
// gets a clear error; afterwards nothing is left held.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { receiveMessageOnPort } from 'node:worker_threads';

import { copies, tensor } from 'snakepit';

import {
  bytesOf,
  check,
  codeOf,
  full,
  holdsStores,
  MB,
  pattern,
  py,
  report,
  rss,
  settle,
  size,
} from '../support/host.mjs';
import { BYTES, compare, kept, nextKey, start, trample, untilEnd } from '../support/kept.mjs';

const acts = {
  nothing() {},
  clone: (b) => void structuredClone(b, { transfer: [b] }),
  port(b) {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(b, [b]);
    receiveMessageOnPort(port2);
    port1.close();
  },
  async worker(b) {
    const worker = start({ name: 'swallow' }, {});
    worker.postMessage(b, [b]);
    await once(worker, 'exit');
  },
  async byob(b) {
    const stream = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.byobRequest.respond(1);
      },
    });
    await stream.getReader({ mode: 'byob' }).read(new Uint8Array(b));
  },
  async stream(b) {
    const stream = new ReadableStream({
      type: 'bytes',
      start: (controller) => controller.enqueue(new Uint8Array(b)),
    });
    await stream.getReader().read();
  },
};
if (ArrayBuffer.prototype.transfer !== undefined) {
  acts.transfer = (b) => void b.transfer();
  acts.transferLonger = (b) => void b.transfer(b.byteLength * 3);
  acts.transferShorter = (b) => void b.transfer(64);
  acts.transferFixed = (b) => void b.transferToFixedLength(b.byteLength * 2);
  acts.transferHop = (b) => void b.transfer().transfer(100);
}

const buffer = (seed, bytes = BYTES) => {
  const made = new ArrayBuffer(bytes);
  new Uint8Array(made).set(pattern(bytes, seed));
  return made;
};
const faces = {
  ndarray: (b) => py.toNumpy(new Uint32Array(b)),
  tensor: (b) => py.toNumpy(tensor(b, [b.byteLength / 4], { dtype: 'uint32' })),
  memoryview: (b) => b,
};

async function eachAct() {
  let done = 0;
  for (const [name, act] of Object.entries(acts)) {
    for (const [face, hand] of Object.entries(faces)) {
      const own = nextKey();
      const b = buffer(own);
      kept.keep(own, hand(b));
      if (holdsStores && face !== 'memoryview') {
        new Uint8Array(b)[7] = 99;
        kept.write(own, 8, 98);
        check(new Uint8Array(b)[8] === 98, `${name} of ${face}: Python's write is not seen`);
      }
      const want = holdsStores ? new Uint8Array(b.slice(0)) : pattern(BYTES, own);
      await act(b);
      await compare(`${name} of ${face}`, own, want);
      if (name !== 'nothing') {
        check(b.byteLength === 0, `${name}: the buffer was not detached`);
        const code = codeOf(() => py.toNumpy(new Uint8Array(b)));
        check(code === 'TypeError' || code === 'ERR_CONVERSION', `${name}: detached: ${code}`);
      }
      kept.drop(own);
      done++;
    }
  }
  return done;
}

async function pools() {
  let slices = Array.from({ length: 200 }, (_, i) => Buffer.from(pattern(400, i)));
  slices.forEach((slice, i) => kept.keep(`pool${i}`, slice));
  slices = null;
  await trample();
  for (let i = 0; i < 200; i++) {
    check(
      Buffer.compare(Buffer.from(kept.read(`pool${i}`)), pattern(400, i)) === 0,
      `pool slice ${i}: Python sees other data`,
    );
    kept.drop(`pool${i}`);
  }
}

async function sharedBuffers() {
  let plain = new SharedArrayBuffer(BYTES);
  new Uint8Array(plain).set(pattern(BYTES, 5));
  kept.keep('shared', py.toNumpy(new Uint32Array(plain)));
  kept.write('shared', 3, 200);
  check(new Uint8Array(plain)[3] === 200, 'a SharedArrayBuffer was copied');
  let growable = new SharedArrayBuffer(BYTES, { maxByteLength: 4 * BYTES });
  new Uint8Array(growable).set(pattern(BYTES, 6));
  kept.keep('growable', growable);
  growable.grow(4 * BYTES);
  const want = new Uint8Array(plain).slice();
  plain = null;
  growable = null;
  await compare('a SharedArrayBuffer', 'shared', want);
  await compare('a grown SharedArrayBuffer', 'growable', pattern(BYTES, 6));
  kept.drop('shared');
  kept.drop('growable');
}

async function wasm() {
  let memory = new WebAssembly.Memory({ initial: 16, maximum: 512 });
  new Uint8Array(memory.buffer).set(pattern(BYTES, 9));
  kept.keep('wasm', new Uint8Array(memory.buffer, 0, BYTES));
  const old = memory.buffer;
  memory.grow(100);
  check(old.byteLength === 0, 'wasm memory grew, and its old buffer is still there');
  await compare('wasm memory that grew', 'wasm', pattern(BYTES, 9));
  const code = codeOf(() => py.toNumpy(new Uint8Array(old)));
  check(code === 'TypeError' || code === 'ERR_CONVERSION', `a wasm buffer that grew away: ${code}`);
  memory = null;
  await compare('wasm memory that was dropped', 'wasm', pattern(BYTES, 9));
  kept.drop('wasm');
}

async function resizable() {
  const b = new ArrayBuffer(BYTES, { maxByteLength: 2 * BYTES });
  new Uint8Array(b).set(pattern(BYTES, 11));
  copies.reset();
  kept.keep('resizable', py.toNumpy(new Uint32Array(b)));
  const reason = holdsStores ? 'resizable' : 'foreign';
  check(copies().reasons[reason] === 1, `a resizable buffer: ${JSON.stringify(copies())}`);
  const code = codeOf(() => py.toNumpy(new Uint32Array(b), { copy: 'forbid' }));
  check(code === 'ERR_COPY_REQUIRED', `a resizable buffer, copy forbidden: ${code}`);
  b.resize(0);
  await compare('a resizable buffer', 'resizable', pattern(BYTES, 11));
  kept.drop('resizable');
}

async function workersEnd() {
  let done = 0;
  for (const terminate of [false, true]) {
    for (const kind of ['plain', 'shared', 'alloc', 'taken', 'pool']) {
      const seed = nextKey();
      const bytes = kind === 'pool' ? 1000 : BYTES;
      const worker = start({ name: 'handOver', kind }, { seed, bytes, stay: terminate });
      await untilEnd(worker, terminate);
      await compare(`${kind} memory of a worker that ended`, seed, pattern(bytes, seed));
      kept.drop(seed);
      done++;
    }
  }
  return done;
}

async function movedOutOfWorkers() {
  const hows = ['stream', ...(ArrayBuffer.prototype.transfer === undefined ? [] : ['transfer'])];
  const moved = [];
  for (const terminate of [false, true]) {
    for (const how of hows) {
      for (const bytes of [40_000, 100_000, 1_048_576]) {
        const seed = nextKey();
        const worker = start({ name: 'moveOut', how }, { seed, bytes, stay: terminate });
        moved.push({ how, bytes, seed, data: await untilEnd(worker, terminate) });
      }
    }
  }
  await trample();
  for (let i = 0; i < 400; i++) {
    for (const { bytes } of moved.slice(0, 3)) py.toNumpy(py.alloc('uint8', [bytes]).data.fill(1));
    py.import('numpy').ones(10_000, 'uint32');
  }
  await settle();
  for (const { how, bytes, seed, data } of moved) {
    check(
      Buffer.compare(bytesOf(data), pattern(bytes, seed)) === 0,
      `${bytes} bytes moved (${how}) out of a worker that ended: changed`,
    );
  }
  return moved.length;
}

/** Each act 300 times over 1 MB, Python drops it: what stays is a leak. */
async function leaks() {
  const growth = {};
  for (const [name, act] of Object.entries(acts)) {
    if (name === 'worker') continue;
    const round = async () => {
      const b = buffer(1);
      kept.keep('leak', py.toNumpy(new Uint8Array(b)));
      await act(b);
      kept.drop('leak');
    };
    for (let i = 0; i < 30; i++) await round();
    await settle();
    const before = rss();
    for (let i = 0; i < size(100, 300); i++) await round();
    const limit = process.env['SNAKEPIT_SANITIZER'] === undefined ? 60 : 300;
    // Closed ports and ended streams let their buffers go some loop turns later, and V8 gives memory
    // back on a thread of its own, which a busy machine keeps waiting.
    for (let i = 0; i < 40 && !(growth[name] < limit); i++) {
      await settle();
      if (i > 4) await sleep(50);
      growth[name] = MB(rss() - before);
    }
    check(growth[name] < limit, `${name}: ${growth[name]} MB stayed`);
  }
  return growth;
}

const figures = { acts: await eachAct() };
await pools();
await sharedBuffers();
await wasm();
await resizable();
figures.workers = await workersEnd();
figures.moved = await movedOutOfWorkers();
check(kept.held() === 0, `${kept.held()} objects are still held`);
figures.growthMB = await leaks();
report({ full, holdsStores, ...figures });
