// What a contestant answers. A missing operation is shown as '-'; one that throws, as its error.

/**
 * @typedef {import('../harness/python.mjs').BenchPython} BenchPython
 *
 * @typedef {(x: number) => unknown} Call
 *
 * @typedef {object} Calls
 * @property {Call} [native] the bridge's own cost: a call that does not reach Python
 * @property {Call | Call[]} [sqrt] math.sqrt of a float; of several ways, the fastest counts
 * @property {Call | Call[]} [sqrtInt] math.sqrt of a whole number
 * @property {Call} [sum] a small ndarray's sum(): 0 + 1 + … + 10
 * @property {Call} [raise] a Python function raises, JS catches
 * @property {(error: any) => number} [lines] the frames of a caught error; the last line number
 * @property {Call} [callbacks] Python calls a JS function CALLBACKS times: 0 + 1 + 2 + …
 *
 * @typedef {object} HandOver
 * @property {Record<string, (array: Float32Array) => unknown>} ways by name; the first is the claim's
 * @property {boolean} shared whether the memory is shared; a copy is checked by its length instead
 * @property {(array: Float32Array) => { js: bigint, python: bigint }} [addresses]
 * @property {(array: Float32Array, value: number) => void} [fill] writes it from Python
 *
 * @typedef {object} TakeOut
 * @property {(count: number) => unknown} make a float32 array born in Python, last element 7
 * @property {(made: any) => any} take the array as a Float32Array, or a promise of one
 * @property {boolean} shared
 * @property {(made: any, taken: Float32Array) => { js: bigint, python: bigint }} [addresses]
 * @property {Call} [proxyCall] for the claim's yardstick: a call that gives a float
 * @property {(value: number) => any} [full] a new 4 MB result, every element `value`
 * @property {(made: any) => void} [drop] lets go of a result that was not taken out
 *
 * @typedef {object} Containers
 * @property {(rows: object[]) => unknown} [take] the id of the last record, by Python
 * @property {(count: number) => any} [give] Python's records as plain data, or a promise of them
 * @property {boolean} [large] whether it is asked for a million records too
 *
 * @typedef {object} Pipe a call in another process
 * @property {(x: number) => Promise<unknown>} [call]
 * @property {(answer: unknown, x: number) => boolean} [right]
 * @property {(batches: number, count: number) => number[]} [timed] for what times itself
 *
 * @typedef {object} Torch
 * @property {(count: number) => any} make a float32 tensor of JavaScript's
 * @property {(tensor: any) => any} take a torch tensor over its memory
 * @property {(made: any) => void} drop
 * @property {(tensor: any, count: number) => number} inPython nanoseconds of one torch.from_numpy
 * @property {(tensor: any) => boolean} sameAddress
 *
 * @typedef {object} Arrow
 * @property {(rows: number) => any} table one column of int32, JavaScript's
 * @property {(columns: number) => any} wide of 1,000 rows
 * @property {(table: any) => unknown} give to pyarrow, and let go
 * @property {(table: any) => any} keep to pyarrow
 * @property {(python: any) => any} take from pyarrow, without a look at it
 * @property {(table: any) => unknown} giveByIpc
 * @property {(python: any) => unknown} takeByIpc
 * @property {(table: any, count: number) => number} inPython nanoseconds of one pyarrow.table
 * @property {(table: any, python: any) => boolean} sameAddress
 *
 * @typedef {object} Async calls that leave the event loop free
 * @property {(x: number) => Promise<unknown>} sqrt math.sqrt of a float, on another thread
 * @property {() => Promise<unknown>} noop a coroutine that does nothing, on an asyncio loop
 * @property {(x: number) => Promise<unknown>} [chain] five steps in one chain
 * @property {(x: number) => Promise<unknown>} [awaited] the same, each awaited
 * @property {(seconds: number) => Promise<unknown>} [compute] Python code that computes
 *
 * @typedef {object} Operations
 * @property {() => Torch} [torch]
 * @property {() => Promise<Arrow>} [arrow]
 * @property {Async} [async]
 * @property {Containers} [containers]
 * @property {Pipe} [pipe]
 * @property {Calls} [calls]
 * @property {HandOver} [handOver]
 * @property {TakeOut} [takeOut]
 * @property {() => unknown} [close]
 *
 * @typedef {object} Contestant
 * @property {(python: BenchPython) => Record<string, string>} [environment] for its process
 * @property {(python: BenchPython) => unknown} firstResult the square root of 2, as soon as it can
 * @property {(python: BenchPython) => Promise<Operations>} [open]
 */

/** How often the callback operation calls back. */
export const CALLBACKS = 100;

/** Bytes of a float. */
export const FLOAT = 4;

/**
 * @param {Float32Array} array
 * @returns {string} for bridges that carry text only
 */
export function toText(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

/** @param {string} text */
export function fromText(text) {
  const bytes = Buffer.from(text, 'base64');
  // A small Buffer lives in Node's pool at any offset; floats need a multiple of four.
  return bytes.byteOffset % FLOAT === 0 ? floats(bytes) : floats(new Uint8Array(bytes));
}

/** @param {Uint8Array} bytes */
export function floats(bytes) {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / FLOAT);
}

/** The floor, we, and everybody who can be asked the same. */
export const EVERYONE = [
  'floor',
  'snakepit',
  'node-calls-python',
  'pymport',
  'pythonia',
  'python-shell',
];
