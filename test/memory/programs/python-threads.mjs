// Hostile program 5: results born on Python's own threads lie in the arena, and are read here after
// their thread ended, unchanged after a thousand others.
import {
  bytesOf,
  check,
  expected,
  full,
  hash,
  pass,
  py,
  report,
  settle,
  size,
  stats,
} from '../support/host.mjs';

const { onThread, onPool, onLoop, onMain, ended } = py.exec(
  `
import asyncio, threading
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
pool.submit(int).result()  # its threads are made before NumPy's allocator is ours

import numpy as np
def born(count, seed):
    a = np.arange(count, dtype=np.uint32)
    a *= np.uint32(2654435761)
    a += np.uint32(seed)
    return a
def onThread(count, seed):
    results = []
    thread = threading.Thread(target=lambda: results.append(born(count, seed)))
    thread.start()
    thread.join()
    return results[0]
def onPool(count, seed):
    return pool.submit(born, count, seed).result()
def onLoop(count, seed):
    return asyncio.run(asyncio.to_thread(born, count, seed))
onMain = born
def ended():
    pool.shutdown()
    return threading.active_count()
`,
  { out: ['onThread', 'onPool', 'onLoop', 'onMain', 'ended'] },
);

py.import('numpy');
check(stats().numpyAllocator, 'NumPy does not allocate from the arena');
const COUNT = 262_144;
const kept = [];
for (const [name, make] of Object.entries({ onThread, onPool, onLoop, onMain })) {
  for (let i = 0; i < 8; i++) {
    const before = stats().blocks;
    const array = make(COUNT, i);
    const t = py.fromNumpy(array);
    check(stats().blocks === before + 1, `${name}: the result is not in the arena`);
    check(BigInt(array.ctypes.data) === t.address, `${name}: another address`);
    check(
      Buffer.compare(bytesOf(t.data), bytesOf(expected(COUNT, i))) === 0,
      `${name}: wrong data`,
    );
    kept.push({ name, data: t.data, hash: hash(t.data) });
  }
}
const threads = ended();
await settle();
await pass(size(1000, 3000) * 400_000);
for (const { name, data, hash: before } of kept) {
  check(hash(data) === before, `${name}: changed after its thread had ended`);
}

// Threads that allocate and drop while this one takes out: both sides of the arena's lock.
const { churn, stop } = py.exec(
  `
import threading
import numpy as np
going = True
wrong = []
def work(seed):
    i = 0
    while going:
        i += 1
        a = np.full(20_000 + (i * 7919) % 300_000, seed + i, dtype=np.uint32)
        b = np.resize(a, a.size // 2)
        if a[-1] != seed + i or b[0] != seed + i:
            wrong.append(i)
threads = [threading.Thread(target=work, args=(k * 1_000_000,)) for k in range(3)]
def churn():
    for thread in threads:
        thread.start()
def stop():
    global going
    going = False
    for thread in threads:
        thread.join()
    return len(wrong)
`,
  { out: ['churn', 'stop'] },
);
churn();
await pass(size(200, 1000) * 400_000);
await pass(size(200, 1000) * 400_000, { sync: true });
check(stop() === 0, 'a Python thread saw its own array change');
for (const { name, data, hash: before } of kept) {
  check(hash(data) === before, `${name}: changed while threads allocated`);
}
report({ full, kept: kept.length, threads });
