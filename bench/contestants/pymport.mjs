// pymport: in-process, by handles (its proxies are slower). Shares memory in, by hand; copies out.
import { CALLBACKS, floats } from './contestant.mjs';
import { embeddingEnvironment, requireRival } from './rival.mjs';

export const environment = embeddingEnvironment;

export function firstResult() {
  const { pymport } = requireRival('pymport');
  return pymport('math').get('sqrt').call(2).toJS();
}

/** @returns {Promise<import('./contestant.mjs').Operations>} */
export async function open() {
  const { pymport, PyObject } = requireRival('pymport');
  const sqrt = pymport('math').get('sqrt');
  const np = pymport('numpy');
  const helpers = pymport('bench_helpers');
  const boom = helpers.get('boom');
  const callEach = helpers.get('call_each');
  const sum = np.get('arange').call(10.5).get('sum');
  return {
    calls: {
      sqrt: (x) => sqrt.call(x).toJS(),
      sqrtInt: (x) => sqrt.call(x).toJS(),
      sum: () => sum.call().toJS(),
      raise: () => boom.call('no'),
      callbacks: () =>
        callEach.call((/** @type {{ toJS(): number }} */ x) => x.toJS(), CALLBACKS).toJS(),
    },
    // Into Python its time grows with the square: 10,000 records are 10 to 17 seconds.
    containers: { give: (count) => helpers.get('give_rows').call(count).toJS() },
    handOver: handOver(np, PyObject),
    takeOut: {
      shared: false,
      make: (count) => helpers.get('kept').call(helpers.get('make').call(count)),
      take: (array) => floats(array.toJS({ buffer: true })),
    },
  };
}

/**
 * @param {any} np
 * @param {any} PyObject
 * @returns {import('./contestant.mjs').HandOver}
 */
function handOver(np, PyObject) {
  const frombuffer = np.get('frombuffer');
  const float32 = np.get('float32');
  const asarray = (/** @type {Float32Array} */ array) => {
    const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
    return frombuffer.call(PyObject.memoryview(bytes), float32);
  };
  return {
    shared: true,
    ways: { 'np.asarray': asarray },
    fill: (array, value) => asarray(array).get('fill').call(value),
  };
}
