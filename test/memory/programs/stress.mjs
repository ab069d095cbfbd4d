// Eight operations at random, from a seed: results come, views are kept, memory moves, goes to
// Python and comes back, is disposed, dropped on Python threads. Nothing that is held ever changes.
import {
  check,
  full,
  hash,
  make,
  py,
  report,
  settle,
  size,
  stats,
  turn,
} from '../support/host.mjs';

const seed = Number(process.env['SNAKEPIT_SEED'] ?? 20_261_121);
let state = seed >>> 0;
/** xorshift32: the same run for the same seed. */
function random(limit) {
  state ^= state << 13;
  state >>>= 0;
  state ^= state >>> 17;
  state ^= state << 5;
  state >>>= 0;
  return state % limit;
}

const { keep, get, sum, dropLater, joinAll } = py.exec(
  `
import queue, threading
import numpy as np
kept = {}
later = queue.Queue()
def reaper():
    while True:
        item = later.get()
        if item is None:
            return
        del item
threads = [threading.Thread(target=reaper) for _ in range(2)]
for t in threads:
    t.start()
def keep(key, x):
    kept[key] = x
def get(key):
    return kept[key]
def sum(key):
    return int(np.asarray(kept[key]).view(np.uint8).sum(dtype=np.uint64))
def dropLater(key):
    later.put(kept.pop(key))
def joinAll():
    for _ in threads:
        later.put(None)
    for t in threads:
        t.join()
    return len(kept)
`,
  { out: ['keep', 'get', 'sum', 'dropLater', 'joinAll'] },
);

const COUNTS = [262_144, 25_000, 10_000, 60_000, 300];
const views = [];
const keys = new Map();
const slices = new Set(); // of Node's pool: memoryviews in Python
let key = 0;
let foreign = 0;
const count = () => COUNTS[random(COUNTS.length)];
const bytesSum = (view) => {
  let total = 0;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (const byte of bytes) total += byte;
  return total;
};
const hold = (view) => views.push({ view, hash: hash(view) });

const operations = [
  function takeOut() {
    hold(py.fromNumpy(make(count(), key++)).data);
  },
  function keepBoth() {
    const array = make(count(), key++);
    keep(key, array);
    keys.set(key, bytesSum(py.fromNumpy(array).data));
  },
  function handOver() {
    const data = new Uint32Array(count()).map((_, i) => i * key);
    keep(++key, py.toNumpy(data));
    keys.set(key, bytesSum(data));
    foreign++;
  },
  function pool() {
    const slice = Buffer.from(`${key} of a pool`.repeat(1 + random(40)));
    keep(++key, slice);
    slices.add(key);
    keys.set(key, bytesSum(slice));
    foreign++;
  },
  function comeBack() {
    const known = [...keys.keys()].find((one) => !slices.has(one));
    if (known !== undefined && views.length < 150) hold(get(known).$view());
  },
  function move() {
    // Only what is alone in its buffer: who shares a window shares its fate.
    const array = make(262_144, key++);
    const { data } = py.fromNumpy(array);
    const moved = data.buffer.transfer?.() ?? structuredClone(data).buffer;
    hold(new Uint32Array(moved, 0, 262_144));
    if (random(2) === 0) {
      keep(++key, py.toNumpy(new Uint32Array(moved, 0, 262_144)));
      keys.set(key, bytesSum(new Uint32Array(moved, 0, 262_144)));
    }
  },
  function dispose() {
    const t = py.fromNumpy(make(count(), key++));
    t.data[0] = 1;
    t.$dispose();
    if (random(3) === 0) t.$dispose();
  },
  function drop() {
    for (let i = 0; i < 3 && views.length > 40; i++) views.splice(random(views.length), 1);
    for (const known of [...keys.keys()].slice(0, keys.size > 40 ? 3 : 0)) {
      check(sum(known) === keys.get(known), `Python's object ${known} changed (seed ${seed})`);
      dropLater(known);
      keys.delete(known);
    }
  },
];

const rounds = size(4000, 40_000);
for (let i = 0; i < rounds; i++) {
  operations[random(operations.length)]();
  if (i % 97 === 0) await turn();
  if (i % 500 === 499) {
    globalThis.gc();
    for (const { view, hash: before } of views) {
      check(hash(view) === before, `a view of ${view.byteLength} bytes changed (seed ${seed})`);
    }
  }
}
for (const known of keys.keys()) {
  check(sum(known) === keys.get(known), `Python's object ${known} changed (seed ${seed})`);
  dropLater(known);
}
check(joinAll() === 0, 'objects are left in Python');
views.length = 0;
await settle(6);
const left = stats();
// Hashing and loop turns hold on to a last few; the windows of V8 come and go by its own rhythm.
check(left.blocks <= 8, `${left.blocks} blocks are left (${JSON.stringify(left)})`);
report({ full, seed, rounds, foreign, ...left });
