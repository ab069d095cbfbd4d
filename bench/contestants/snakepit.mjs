// This package, as its users get it: the built entry, by its own name.
/** @param {import('./contestant.mjs').BenchPython} python */
async function start(python) {
  const snakepit = await import('snakepit');
  return { ...snakepit, python: snakepit.open({ project: python.project }) };
}

/**
 * The floor reads the JS address, so that it does not come from the code under test. Loaded for that
 * alone: a cold start has no use for it.
 * @type {(array: Float32Array) => bigint}
 */
let addressOf;

/** @param {import('./contestant.mjs').BenchPython} python */
export async function helpersOf(python) {
  const { python: py } = await start(python);
  py.import('sys').path.insert(0, python.helpers);
  return py.import('bench_helpers');
}

/** @param {import('./contestant.mjs').BenchPython} python */
export async function firstResult(python) {
  const { open } = await import('snakepit');
  return open({ project: python.project }).import('math').sqrt(2);
}

/**
 * @param {import('./contestant.mjs').BenchPython} python
 * @returns {Promise<import('./contestant.mjs').Operations>}
 */
export async function open(python) {
  const { python: py, tensor } = await start(python);
  const { loadFloor } = await import('./floor.mjs');
  addressOf = loadFloor().address;
  py.import('sys').path.insert(0, python.helpers);
  const helpers = py.import('bench_helpers');
  const math = py.import('math');
  const np = py.import('numpy');
  const small = np.arange(10.5);
  return {
    calls: {
      sqrt: (x) => math.sqrt(x),
      sqrtInt: (x) => math.sqrt(x),
      sum: () => small.sum(),
      raise: () => helpers.boom('no'),
      // No operand of it is an array: its context is null.
      lines: (error) => error.context ?? error.frames.at(-1).line,
      callbacks: (count) => helpers.call_each((/** @type {number} */ x) => x, count),
    },
    get async() {
      return asynchronous(py);
    },
    containers: {
      take: (rows) => helpers.take_rows(rows),
      give: (count) => {
        const rows = helpers.give_rows(count);
        const data = rows.$toJS();
        rows.$dispose();
        return data;
      },
      large: true,
    },
    handOver: handOver(py, np, helpers, tensor),
    takeOut: takeOut(py, np, math),
    torch: () => torch(py, tensor),
    arrow: async () => (await import('./snakepit-arrow.mjs')).arrow(py, tensor),
  };
}

const TORCH_LOOP = `
import time, torch
def loop(array, count):
    make, clock = torch.from_numpy, time.perf_counter_ns
    start = clock()
    for _ in range(count):
        make(array)
    return (clock() - start) / count
`;

/**
 * @param {any} py
 * @param {any} tensor
 * @returns {import('./contestant.mjs').Torch}
 */
function torch(py, tensor) {
  const { loop } = py.exec(TORCH_LOOP, { out: ['loop'] });
  return {
    make: (count) => tensor(new Float32Array(count)),
    take: (made) => py.toTorch(made),
    drop: (made) => made.$dispose(),
    inPython: (made, count) => loop(py.toNumpy(made), count),
    sameAddress: (made) => BigInt(py.toTorch(made).data_ptr()) === made.address,
  };
}

/**
 * @param {any} py
 * @returns {import('./contestant.mjs').Async}
 */
function asynchronous(py) {
  const math = py.async.import('math');
  const helpers = py.async.import('bench_helpers');
  const fractions = py.async.import('fractions');
  return {
    sqrt: (x) => math.sqrt(x),
    noop: () => helpers.noop(),
    chain: (x) => fractions.Fraction(x).limit_denominator(7).conjugate().__abs__().__ceil__(),
    awaited: async (x) => {
      const fraction = await fractions.Fraction(x);
      const near = await fraction.limit_denominator(7);
      const same = await near.conjugate();
      const positive = await same.__abs__();
      return await positive.__ceil__();
    },
    compute: (seconds) => helpers.compute(seconds),
  };
}

/**
 * @param {any} py
 * @param {any} np
 * @param {any} helpers
 * @param {any} tensor
 * @returns {import('./contestant.mjs').HandOver}
 */
function handOver(py, np, helpers, tensor) {
  return {
    shared: true,
    ways: {
      'np.asarray': (array) => np.asarray(array).$dispose(),
      'py.toNumpy(tensor())': (array) => py.toNumpy(tensor(array)).$dispose(),
      'a Python function': (array) => helpers.consume(array),
    },
    addresses: (array) => ({
      js: addressOf(array),
      python: BigInt(np.asarray(array).ctypes.data),
    }),
    fill: (array, value) => np.asarray(array).fill(value),
  };
}

/**
 * @param {any} py
 * @param {any} np
 * @param {any} math
 * @returns {import('./contestant.mjs').TakeOut}
 */
function takeOut(py, np, math) {
  const float32 = np.float32;
  const megabyte = 2 ** 20;
  return {
    shared: true,
    make: (count) => {
      const array = np.empty(count, float32);
      np.put(array, count - 1, 7);
      return array;
    },
    take: (made) => py.fromNumpy(made).data,
    addresses: (made, taken) => ({
      js: addressOf(taken),
      python: BigInt(made.ctypes.data),
    }),
    proxyCall: (x) => math.sqrt(x),
    full: (value) => np.full(megabyte, value, float32),
    drop: (made) => made.$dispose(),
  };
}
