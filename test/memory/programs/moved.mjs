// Hostile program 2: the memory of a tensor moves to another ArrayBuffer, the tensor is dropped or
// disposed, thousands of results pass; what moved never changes, and no other block is hurt.
import { receiveMessageOnPort } from 'node:worker_threads';

import {
  check,
  full,
  hash,
  make,
  pass,
  py,
  report,
  settle,
  size,
  stats,
} from '../support/host.mjs';

const COUNTS = [262_144, 25_000, 10_000]; // 1 MiB, 100 kB in a shared window, 40 kB of Python's own
const moves = {
  async stream(t) {
    const stream = new ReadableStream({
      type: 'bytes',
      start(controller) {
        controller.enqueue(new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength));
        controller.close();
      },
    });
    return (await stream.getReader().read()).value;
  },
  clone: (t) => structuredClone(t.data),
  cloneWithTransfer(t) {
    try {
      return structuredClone(t.data, { transfer: [t.data.buffer] });
    } catch (error) {
      check(error.name === 'DataCloneError', `structuredClone: ${error}`);
      return t.data; // refused: the tensor is what it was
    }
  },
  post: (t) => posted(t.data, []),
  async postWithTransfer(t) {
    try {
      return await posted(t.data, [t.data.buffer]);
    } catch (error) {
      check(error.name === 'DataCloneError', `postMessage: ${error}`);
      return t.data;
    }
  },
};
if (ArrayBuffer.prototype.transfer !== undefined) {
  const over = (t, method, ...lengths) => {
    const { byteOffset, length } = t.data;
    return new Uint32Array(t.data.buffer[method](...lengths), byteOffset, length);
  };
  moves.transfer = (t) => over(t, 'transfer');
  moves.transferFixed = (t) => over(t, 'transferToFixedLength');
  moves.transferTwice = (t) => {
    const { buffer, byteOffset, length } = over(t, 'transfer');
    return new Uint32Array(buffer.transfer(), byteOffset, length);
  };
  moves.transferPosted = (t) => {
    const moved = over(t, 'transfer');
    return posted(moved, [moved.buffer]);
  };
  moves.transferGrown = (t) => over(t, 'transfer', t.data.buffer.byteLength + 65_536);
}

async function posted(data, transfer) {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(data, transfer);
    return receiveMessageOnPort(port2).message;
  } finally {
    port1.close();
  }
}

const neighbours = Array.from({ length: 24 }, (_, i) => {
  const { data } = py.fromNumpy(make(100_000 + 30_000 * i, i));
  return { data, length: data.length, hash: hash(data) };
});
const kept = [];
const stale = [];
const rounds = size(1, 3);
for (let round = 0; round < rounds; round++) {
  for (const [name, move] of Object.entries(moves)) {
    for (const count of COUNTS) {
      for (const dispose of [false, true]) {
        const t = py.fromNumpy(make(count, kept.length));
        const moved = await move(t);
        // Refused; and who shares a window of up to 1 MiB shares its fate.
        if (moved === t.data && count * 4 <= 262_144) continue;
        // Disposing says that no view is kept of `t`; what moved away is not a view of it.
        if (dispose && moved !== t.data) t.$dispose();
        else if (moved.buffer !== t.data.buffer) stale.push(t);
        kept.push({
          name: `${name} of ${count * 4} bytes, disposed: ${dispose}`,
          moved,
          hash: hash(moved),
        });
      }
    }
  }
}
// Their array is in Python still: taken out anew, it is the same memory in a buffer that works.
const held = make(262_144, 5);
const first = py.fromNumpy(held);
const movedHeld = await moves.stream(first);
const again = py.fromNumpy(held);
check(again.address === first.address, 'taken out again after a move: another address');
movedHeld[0] = 77;
check(again.data.buffer !== first.data.buffer, 'a detached buffer was handed out again');
check(new Uint8Array(again.data.buffer, again.data.byteOffset)[0] === 77, 'not the same memory');
kept.push({ name: 'held by Python', moved: movedHeld, hash: hash(movedHeld) });

const compare = (when) => {
  for (const { name, moved, hash: before } of kept) {
    check(hash(moved) === before, `${when}: ${name} changed`);
  }
  for (const { data, length, hash: before } of neighbours) {
    check(data.length === length && hash(data) === before, `${when}: a neighbour was hurt`);
  }
};
await settle();
compare('after collections');
await pass(3000 * 400_000);
compare('after results');
await pass(size(1000, 3000) * 400_000, { sync: true });
compare('after results in one loop');

// Half of what moved goes, its memory with it. Then the empty tensors are disposed: nothing that
// lies where they lay may go with them.
const detached = stats().detached;
for (let i = 0; i < kept.length; i++) kept.splice(i, 1);
await settle(4);
check(stats().detached < detached || detached === 0, 'moved memory never came back');
const later = [];
for (const count of [...COUNTS, 262_144, 262_144]) {
  for (let i = 0; i < 12; i++) {
    const { data } = py.fromNumpy(make(count, i));
    later.push({ data, hash: hash(data) });
  }
}
for (const t of stale) t.$dispose();
await settle();
await pass(size(200, 1000) * 400_000);
compare('after empty tensors were disposed');
for (const { data, hash: before } of later) {
  check(hash(data) === before, 'disposing an empty tensor freed the memory of another one');
}
report({ moves: Object.keys(moves), kept: kept.length, full, ...stats() });
