// The floor: raw Node-API on the raw CPython C API (bench/floor/floor.cc).
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

export const floorFile = fileURLToPath(new URL('../floor/build/floor.node', import.meta.url));

/** @returns {any} */
export function loadFloor() {
  const module = { exports: {} };
  // Global, so that Python's extension modules find libpython's symbols.
  process.dlopen(module, floorFile, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  return module.exports;
}

/** @param {import('./contestant.mjs').BenchPython} python */
export function firstResult(python) {
  const floor = loadFloor();
  floor.start(python.executable);
  return floor.sqrtByThread(2);
}

/**
 * @param {import('./contestant.mjs').BenchPython} python
 * @returns {Promise<import('./contestant.mjs').Operations>}
 */
export async function open(python) {
  const floor = loadFloor();
  floor.start(python.executable);
  floor.load(python.helpers);
  return {
    calls: {
      native: floor.native,
      sqrt: [floor.sqrtByState, floor.sqrtByThread],
      sqrtInt: [floor.sqrtIntByState, floor.sqrtIntByThread],
      sum: floor.sum,
      raise: () => floor.boom('no'),
      callbacks: (count) => floor.callEach((/** @type {number} */ x) => x, count),
    },
    get async() {
      floor.startHops();
      return { sqrt: floor.hop, noop: floor.beginHop };
    },
    handOver: {
      shared: true,
      ways: { 'np.asarray': (array) => floor.release(floor.handIn(array)) },
      addresses: (array) => addresses(floor, array),
    },
    takeOut: {
      shared: true,
      make: floor.make,
      take: floor.takeOut,
      addresses: (made, taken) => ({ js: floor.address(taken), python: floor.address(made) }),
    },
  };
}

/**
 * @param {any} floor
 * @param {Float32Array} array
 */
function addresses(floor, array) {
  const slot = floor.handIn(array);
  const answer = { js: floor.address(array), python: floor.address(slot) };
  floor.release(slot);
  return answer;
}
