// node-calls-python: in-process, arrays are copied both ways.
import { CALLBACKS, floats } from './contestant.mjs';
import { embeddingEnvironment, requireRival } from './rival.mjs';

export const environment = embeddingEnvironment;

export function firstResult() {
  const { interpreter } = requireRival('node-calls-python');
  return interpreter.callSync(interpreter.importSync('math'), 'sqrt', 2);
}

/** @returns {Promise<import('./contestant.mjs').Operations>} */
export async function open() {
  const { interpreter } = requireRival('node-calls-python');
  const math = interpreter.importSync('math');
  const helpers = interpreter.importSync('bench_helpers');
  const numpy = interpreter.importSync('numpy');
  const small = interpreter.createSync(numpy, 'arange', 10.5);
  return {
    calls: {
      sqrt: (x) => interpreter.callSync(math, 'sqrt', x),
      sqrtInt: (x) => interpreter.callSync(math, 'sqrt', x),
      sum: () => interpreter.callSync(small, 'sum'),
      raise: () => interpreter.callSync(helpers, 'boom', 'no'),
      callbacks: () =>
        interpreter.callSync(helpers, 'call_each', (/** @type {number} */ x) => x, CALLBACKS),
    },
    containers: {
      take: (rows) => interpreter.callSync(helpers, 'take_rows', rows),
      give: (count) => interpreter.callSync(helpers, 'give_rows', count),
    },
    handOver: {
      shared: false,
      ways: { 'np.asarray': (array) => interpreter.callSync(helpers, 'take_in', array) },
    },
    takeOut: {
      shared: false,
      make: (count) => interpreter.callSync(helpers, 'make', count),
      take: (key) => floats(new Uint8Array(interpreter.callSync(helpers, 'kept_bytes', key))),
    },
  };
}
