// Arrays on their way across, and where both sides say that the memory is.
import { kw } from 'snakepit';

const SAME = 'same';

/** Notes every crossing for the table at the end. */
export class Crossings {
  /** @type {string[][]} */
  rows = [];
  #py;

  /** @param {import('snakepit').PythonFace} py */
  constructor(py) {
    this.#py = py;
  }

  /**
   * @param {string} name
   * @param {'→ JS' | '→ Python'} way
   * @param {any} array the ndarray
   * @param {import('snakepit').Tensor} tensor
   */
  note(name, way, array, tensor) {
    const python = BigInt(array.ctypes.data);
    this.rows.push([
      name,
      way,
      tensor.dtype,
      array.nbytes.toLocaleString('en-US'),
      `0x${python.toString(16)}`,
      `0x${tensor.address.toString(16)}`,
      python === tensor.address ? SAME : 'DIFFERENT',
    ]);
  }

  /**
   * A pandas array as JavaScript sees it: the same memory.
   * @param {string} name
   * @param {any} array
   */
  share(name, array) {
    // pandas hands its columns out read-only (copy-on-write), and JavaScript has no read-only
    // arrays. Nobody else uses this frame, so writing into it is ours to allow.
    array.setflags(kw({ write: true }));
    const tensor = this.#py.fromNumpy(array, { copy: 'forbid' });
    this.note(name, '→ JS', array, tensor);
    return tensor.data;
  }

  get same() {
    return this.rows.filter((row) => row.at(-1) === SAME).length;
  }
}
