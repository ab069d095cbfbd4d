// pythonia: a child process, JSON messages over pipes; arrays travel as base64.
import { CALLBACKS, fromText, toText } from './contestant.mjs';
import { requireRival } from './rival.mjs';

/** @param {import('./contestant.mjs').BenchPython} python */
export function environment(python) {
  return { PYTHON_BIN: python.executable, PYTHONPATH: python.helpers };
}

export async function firstResult() {
  const { python } = requireRival('pythonia');
  const math = await python('math');
  return math.sqrt(2);
}

/** @returns {Promise<import('./contestant.mjs').Operations>} */
export async function open() {
  const { python } = requireRival('pythonia');
  const math = await python('math');
  const helpers = await python('bench_helpers');
  return {
    calls: {
      sqrt: (x) => math.sqrt(x),
      sqrtInt: (x) => math.sqrt(x),
      sum: () => helpers.small_sum(),
      raise: () => helpers.boom('no'),
      callbacks: () => helpers.call_each((/** @type {number} */ x) => x, CALLBACKS),
    },
    // As text: its own lists cross a message at a time.
    containers: {
      take: (rows) => helpers.take_json(JSON.stringify(rows)),
      give: async (count) => JSON.parse(await helpers.give_json(count)),
    },
    handOver: {
      shared: false,
      ways: { 'np.asarray': (array) => helpers.take_in_text(toText(array)) },
    },
    takeOut: {
      shared: false,
      make: (count) => helpers.make(count),
      take: async (key) => fromText(await helpers.kept_text(key)),
    },
    close: () => python.exit(),
  };
}
