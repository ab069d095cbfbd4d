// Hostile program 8: results one after another. Dead ones are found while their memory is warm, and
// what somebody kept, through all those young collections, never changes.
import {
  check,
  expected,
  hash,
  make,
  py,
  report,
  seesCollections,
  stats,
  turn,
} from '../support/host.mjs';

const COUNT = 1_000_000;
const ROUNDS = 400;
const shown = typeof globalThis.gc === 'function';

/** How many results ago the memory of each was used last; the median. */
async function distance(step) {
  const last = new Map();
  const distances = [];
  for (let i = 0; i < ROUNDS; i++) {
    const address = step(i);
    if (last.has(address)) distances.push(i - last.get(address));
    last.set(address, i);
    if (i % 2 === 1) await turn();
  }
  return distances.sort((a, b) => a - b)[distances.length >> 1];
}

const dropped = await distance((i) => {
  const { data, address } = py.fromNumpy(make(COUNT, i));
  check(data[0] === i, 'a result arrived wrong');
  return address;
});
check(
  !seesCollections || process.env['SNAKEPIT_SANITIZER'] !== undefined || dropped <= 15,
  () => `memory came back after ${dropped} results, 15 allowed (${JSON.stringify(stats())})`,
);

// Every fourth lives on, as views of three kinds; the oldest of forty goes.
const kept = [];
await distance((i) => {
  const t = py.fromNumpy(make(COUNT, i));
  if (i % 4 === 0) {
    const kind = (i / 4) % 3;
    const view =
      kind === 0
        ? t.data.subarray(0, 1000)
        : kind === 1
          ? t.data
          : new Uint32Array(t.data.buffer, 0, 1000);
    kept.push([view, i]);
  }
  if (kept.length > 40) {
    const [view, seed] = kept.shift();
    check(hash(view) === hash(expected(view.length, seed)), `result ${seed} changed`);
  }
  return t.address;
});
for (const [view, seed] of kept) {
  check(hash(view) === hash(expected(view.length, seed)), `result ${seed} changed at the end`);
}

// The program sees no more of V8 than before.
check((typeof globalThis.gc === 'function') === shown, 'gc appeared');
const { runInNewContext } = await import('node:vm');
check((runInNewContext('typeof gc') === 'function') === shown, 'gc appeared in a new context');
report({ dropped, shown });
