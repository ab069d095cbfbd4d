// Hostile program 3: loops without await, scope or dispose, in which no finaliser ever runs.
// `sync-loop.mjs <case>` runs one case, in a process of its own when figures are wanted.
import {
  check,
  full,
  make,
  MB,
  py,
  report,
  rss,
  seesCollections,
  size,
  stats,
} from '../support/host.mjs';

const { take, ones } = py.exec(
  `
import numpy as np
def take(x):
    return float(x[0])
def ones(count):
    return np.ones(count, dtype=np.float32)
`,
  { out: ['take', 'ones'] },
);

const cases = {
  /** The promise: 1e6 results of 100 kB. */
  small: {
    rounds: size(100_000, 1_000_000),
    bytes: 100_000,
    limit: 256e6,
    step(i) {
      const { data } = py.fromNumpy(ones(25_000));
      check(data[24_999] === 1, 'a result arrived wrong');
      data[0] = i;
    },
  },
  large: {
    rounds: size(1000, 3000),
    bytes: 4_000_000,
    limit: 512e6,
    step(i) {
      const { data } = py.fromNumpy(make(1_000_000, i));
      check(data[0] === i, 'a result arrived wrong');
    },
  },
  /** Results that JavaScript never looks into: proxies alone. */
  proxies: {
    rounds: size(50_000, 1_000_000),
    bytes: 100_000,
    limit: 256e6,
    step() {
      ones(25_000);
    },
  },
  /** Outside of the arena: Python's own memory. */
  tiny: {
    rounds: size(100_000, 1_000_000),
    bytes: 40_000,
    limit: 256e6,
    step(i) {
      const { data } = py.fromNumpy(ones(10_000));
      check(data[9999] === 1, 'a result arrived wrong');
      data[0] = i;
    },
  },
  handover: {
    rounds: size(30_000, 100_000),
    bytes: 100_000,
    limit: 256e6,
    step(i) {
      const array = new Float32Array(25_000);
      array[0] = i;
      check(take(array) === i, 'an argument arrived wrong');
    },
  },
  disposed: {
    rounds: size(20_000, 300_000),
    bytes: 4_000_000,
    limit: 64e6,
    step(i) {
      const t = py.alloc('float32', [1_000_000]);
      t.data[0] = i % 1000;
      check(take(t) === i % 1000, 'an argument arrived wrong');
      t.$dispose();
    },
  },
};

function run({ rounds, bytes, step }) {
  for (let i = 0; i < 50; i++) step(i);
  globalThis.gc();
  const before = rss();
  const every = Math.max(1, Math.floor(rounds / 200));
  let peak = before;
  const tenth = Math.floor(rounds / 10);
  const marks = [];
  for (let i = 0; i < rounds; i++) {
    if (i % tenth === 0) marks.push(performance.now());
    step(i);
    if (i % every === 0) peak = Math.max(peak, rss());
  }
  const end = performance.now();
  return {
    rounds,
    passedMB: MB(rounds * bytes),
    growthMB: MB(peak - before),
    microseconds: Number((((end - marks[0]) * 1000) / rounds).toFixed(2)),
    // The last tenth against the third: a cost that grows with what passed would show.
    lateOverEarly: Number(((end - marks[9]) / (marks[3] - marks[2])).toFixed(2)),
  };
}

const wanted = process.argv[2];
const figures = {};
for (const [name, one] of Object.entries(cases)) {
  if (wanted !== undefined && wanted !== name) continue;
  const result = run(one);
  figures[name] = result;
  // Where collections are not seen, the budget of take_out.cc comes on top of V8's own rhythm.
  const limit = one.limit + (seesCollections ? 0 : 512e6);
  check(
    process.env['SNAKEPIT_SANITIZER'] !== undefined || result.growthMB <= MB(limit),
    () =>
      `${name}: grew by ${result.growthMB} MB, ${MB(limit)} allowed (${JSON.stringify(stats())})`,
  );
}
report({ full, ...figures });
