// Hostile program 6: the same array taken out twice, overlapping slices, dropped and taken out
// again, both orders of release, disposed once, twice, of one of two, and while Python holds it.
import { tensor } from 'snakepit';

import {
  check,
  codeOf,
  expected,
  full,
  hash,
  make,
  pass,
  py,
  report,
  settle,
  stats,
} from '../support/host.mjs';

const { keep, get, read, dropKept, part } = py.exec(
  `
kept = {}
def keep(key, x):
    kept[key] = x
def read(key, at):
    return int(kept[key].reshape(-1)[at])
def get(key):
    return kept[key]
def dropKept(key):
    del kept[key]
def part(x, start, stop, step=1):
    return x[start:stop:step]
`,
  { out: ['keep', 'get', 'read', 'dropKept', 'part'] },
);
const COUNTS = [262_144, 25_000, 10_000]; // its own window, a shared one, Python's own memory

function sameTwice(count) {
  const array = make(count, 1);
  const a = py.fromNumpy(array);
  const b = py.fromNumpy(array);
  check(a.data.buffer === b.data.buffer, 'taken out twice: two buffers');
  check(a.address === b.address && a.address === BigInt(array.ctypes.data), 'two addresses');
  a.data[3] = 7;
  check(b.data[3] === 7 && array.item(3) === 7, 'taken out twice: not the same memory');
}

function slices(count) {
  const array = make(count, 2);
  const whole = py.fromNumpy(array);
  const low = py.fromNumpy(part(array, 0, 4000));
  const high = py.fromNumpy(part(array, 100, 5000));
  const back = py.fromNumpy(part(array, 4999, null, -1));
  for (const t of [low, high, back]) {
    check(t.data.buffer === whole.data.buffer, 'a slice has another buffer');
  }
  check(high.byteOffset - low.byteOffset === 400, 'a slice lies elsewhere');
  high.data[0] = 5;
  check(whole.data[100] === 5 && low.data[100] === 5, 'overlapping slices do not overlap');
  check(back.strides[0] === -1 && back.address === whole.address + 4999n * 4n, 'a reversed slice');
}

async function takenAgain(count) {
  const array = make(count, 3);
  let t = py.fromNumpy(array);
  const { address } = t;
  t.data[11] = 1234;
  t = null;
  await settle();
  t = py.fromNumpy(array);
  check(t.address === address, 'taken out again: another address');
  check(t.data[11] === 1234 && array.item(11) === 1234, 'what JavaScript wrote is gone');
}

/** Both orders: whoever is last, the memory is given back then and not before. */
async function orders(count) {
  const arena = count * 4 >= 65_536;
  await settle(4);
  const start = stats().blocks;
  for (const first of ['python', 'js']) {
    keep('order', make(count, 4));
    await settle();
    let taken = takeKept('order');
    const before = hash(taken.data);
    if (first === 'python') {
      dropKept('order');
      await settle();
      if (arena) check(stats().blocks === start + 1, `Python first: freed under JavaScript`);
      await pass(40_000_000);
      check(hash(taken.data) === before, 'Python first: changed');
      taken = null;
    } else {
      taken = null;
      await settle();
      await pass(40_000_000);
      check(read('order', 9) === expected(10, 4)[9], 'JavaScript first: changed in Python');
      dropKept('order');
    }
    await settle(4);
    if (arena) check(stats().blocks <= start + 1, `${first} first: not given back`);
  }
}

function takeKept(key) {
  return py.fromNumpy(get(key));
}

async function disposing(count) {
  const arena = count * 4 >= 65_536;
  // Once and twice.
  const t = py.fromNumpy(make(count, 5));
  t.$dispose();
  t.$dispose();
  check(codeOf(() => t.data) === 'ERR_DISPOSED', 'a disposed tensor still shows its data');
  check(codeOf(() => py.toNumpy(t)) === 'ERR_DISPOSED', 'a disposed tensor was handed over');
  // While Python holds it: nothing happens to Python's array.
  keep('held', make(count, 6));
  takeKept('held').$dispose();
  await pass(40_000_000, { sync: true });
  check(read('held', 8) === expected(9, 6)[8], 'disposed while Python held it: changed');
  const again = takeKept('held');
  check(again.data[8] === expected(9, 6)[8], 'disposed while Python held it: changed here');
  dropKept('held');
  // One of two: the other one stays.
  const array = make(count, 7);
  const one = py.fromNumpy(array);
  const other = py.fromNumpy(array);
  array.$dispose();
  const before = hash(other.data);
  one.$dispose();
  one.$dispose();
  await pass(40_000_000, { sync: true });
  check(hash(other.data) === before, 'disposing one of two tensors freed both');
  // At once, and used again at once.
  if (arena) {
    const blocks = stats().blocks;
    const source = make(count, 8);
    const last = py.fromNumpy(source);
    source.$dispose();
    last.$dispose();
    check(stats().blocks <= blocks, 'dispose() does not give the memory back at once');
  }
}

/** A view that outlived dispose(), which promised that none would: refused, or other data. */
async function brokenPromise(count) {
  const t = py.fromNumpy(make(count, 9));
  const { data } = t;
  t.$dispose();
  const code = codeOf(() => keep('stale', py.toNumpy(data)));
  check(
    ['ERR_DISPOSED', 'ERR_CONVERSION', 'nothing was thrown'].includes(code),
    `a view that outlived its tensor: ${code}`,
  );
  // Whatever it shows now, innocent arrays come and go unharmed.
  const innocent = Array.from({ length: 40 }, (_, i) => {
    const array = make(count, i);
    const view = py.fromNumpy(array).data;
    return { array, view, hash: hash(view) };
  });
  if (code === 'nothing was thrown') dropKept('stale');
  await settle();
  await pass(80_000_000, { sync: true });
  for (const { view, hash: before } of innocent) {
    check(hash(view) === before, 'a stale view took the memory of another array with it');
  }
}

/** The whole buffer of a window goes to Python, which keeps it alone. */
async function wholeWindow() {
  let t = py.fromNumpy(make(25_000, 10));
  const at = t.byteOffset / 4;
  keep('window', py.toNumpy(new Uint32Array(t.data.buffer)));
  t = null;
  await settle();
  await pass(200_000_000);
  check(read('window', at + 7) === expected(8, 10)[7], 'a window that Python kept alone changed');
  dropKept('window');
}

/** JavaScript's memory goes to Python and comes back, several times. */
async function roundTrips(count) {
  let data = Uint32Array.from(expected(count, 12));
  const there = py.toNumpy(data);
  let back = py.fromNumpy(there);
  const again = py.fromNumpy(py.toNumpy(back));
  data[5] = 55;
  if (back.data[5] === 55) {
    check(back.address === again.address, 'a round trip moved the memory');
    check(again.data[5] === 55, 'a round trip copied');
  }
  const before = hash(again.data);
  data = null;
  back = null;
  there.$dispose();
  await settle();
  await pass(40_000_000);
  check(hash(again.data) === before, 'memory that came back changed');
  const shaped = tensor(again, [count / 2, 2]);
  check(shaped.address === again.address, 'a tensor of a tensor moved');
}

for (const count of COUNTS) {
  sameTwice(count);
  slices(count);
  await takenAgain(count);
  await orders(count);
  await disposing(count);
  await brokenPromise(count);
  await roundTrips(count);
}
await wholeWindow();
report({ full, counts: COUNTS, ...stats() });
