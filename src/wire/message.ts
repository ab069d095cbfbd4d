// size-exempt: one table, shared with python/snakepit/wire.py
import type { Operation } from '../contract/batch.ts';
import type { Want } from '../contract/call.ts';
import type { ExceptionRecord } from '../contract/exception-record.ts';
import type { Dtype, TypedArray } from '../contract/tensor.ts';

/**
 * The words of the wire. `python/snakepit/wire.py` has the same numbers, and a test compares the
 * two files. A frame is
 *
 *     u32 length (little-endian; of what follows)   u8 kind   body
 *
 * and a body is one value of the codec (codes.ts): the fields of the message in the order of the
 * interfaces below.
 */

/** Refused in hello unless both sides say the same. */
export const PROTOCOL = 1;

/** Bytes that a frame may have unless hello says otherwise. Larger data goes by shared memory. */
export const MAX_FRAME: number = 64 * 2 ** 20;

/** Host to worker. */
export const TO_WORKER = {
  hello: 1,
  run: 2,
  release: 3,
  credit: 4,
  close: 5,
  shutdown: 6,
  shared: 7,
} as const;

/** Worker to host. */
export const TO_HOST = {
  hello: 65,
  ready: 66,
  result: 67,
  error: 68,
  item: 69,
  end: 70,
  output: 71,
  log: 72,
  shared: 73,
} as const;

/**
 * Operations by number. In brackets what a step's fields mean, beside `target`, which is an object
 * unless said otherwise.
 */
export const OPERATIONS: Readonly<Record<Operation, number>> = {
  /** [name: module] */
  import: 0,
  /** [target: module's name, name: dotted, args, kwargs] */
  function: 1,
  /** As function; the result stays a Python object, also where it would convert. */
  construct: 2,
  /** [name: dotted, args, kwargs] */
  method: 3,
  /** [args, kwargs] */
  call: 4,
  /** [name: dotted] */
  get_attr: 5,
  /** [name, args: value] */
  set_attr: 6,
  /** [name] */
  del_attr: 7,
  /** [name] */
  has_attr: 8,
  /** [args: keys, with slice grammar] */
  get_item: 9,
  /** [args: keys, then the value] */
  set_item: 10,
  /** [args: keys] */
  del_item: 11,
  /** [args: index] as JavaScript reads `x[0]`: null out of range */
  index: 12,
  /** [target: pack's name, name: function, args, kwargs] */
  helper: 13,
  /**
   * [name: source text, args: file, line and column where it stands, or nothing, kwargs: bound names]
   * an expression's value, or the block's `return`
   */
  block: 14,
  /**
   * [name: source text, args: the call's [file, line, column] or null, then names of outputs,
   * kwargs: bound names] a list of the outputs' values
   */
  exec: 15,
  iter: 16,
  /** the next item: { done, value } */
  next: 17,
  /** [args: value] as next */
  send: 18,
  /** [args: exception] as next */
  throw: 19,
  close: 20,
  /**
   * [args: how many, and a value to send or nothing] the next items of an iterator:
   * { items, done, value }, where the value is StopIteration's
   */
  take: 39,
  /** opens a stream over the object: its number, which `credit` and `close` messages name */
  stream: 21,
  /** `__enter__`, or what `__aenter__` gives */
  enter: 22,
  /** [args: exception or nothing] whether it was swallowed */
  exit: 23,
  /** what kind of object it is: { type, module, flags, doc, signature, text } */
  describe: 24,
  /** [args: value, class] */
  isinstance: 25,
  /** [args: a, b] */
  is: 26,
  /** [args: a, b] */
  equal: 27,
  /** [args: value] */
  bool: 28,
  /** [args: value] */
  len: 29,
  /** [args: container, value] */
  contains: 30,
  /** [args: value] */
  callable: 31,
  /** [args: true for repr, false for str] */
  text: 32,
  /** dir() without dunders */
  names: 33,
  /** [kwargs: depth, fallback, dates] plain data */
  to_js: 34,
  /** [kwargs: zone] a Date */
  to_date: 35,
  /** [args: true for its elements in order] an array, or what has a buffer, with its memory */
  view: 36,
  /** [args: value] the value itself, as Python sees it */
  value: 37,
  /** gives one count of the object back, and answers when it did */
  release: 38,
  /**
   * [target, name, kwargs: as the first time, args: device, operation's name, then as the first time]
   * a call once more, on another device
   */
  again: 40,
};

export const WANTED: Readonly<Record<Want, number>> = { value: 0, ref: 1, auto: 2 };

/**
 * Values that are no plain data. In a body they are a tuple `(..., tag, parts…)`; Ellipsis is no
 * value of JavaScript, so nothing else looks like that. See reader.ts.
 */
export const TAGS = {
  /** (n) an int that JavaScript spells as a bigint */
  bigint: 0,
  /** host to worker (n) an object that it keeps; worker to host (n, flags, type, bytes) */
  handle: 1,
  /** host to worker (k) the result of step k of this batch */
  step: 2,
  /** (data) to Python a writable memoryview; to JavaScript a Uint8Array, where it came as a parcel */
  buffer: 3,
  /** (milliseconds since 1970, a float) */
  date: 4,
  /** (dtype, shape, data) in C order, little endian; to JavaScript as $toJS gives it */
  array: 5,
  /**
   * In the place of bytes that are too many for a message. Host to worker: (which of the run's
   * parcels, how many bytes); worker to host: (where in its own file, how many bytes)
   */
  parcel: 6,
  /** ([key, value, key, value, …]) a dict whose keys are no text: to JavaScript a Map */
  map: 7,
  /** (entries) a set with something tagged inside */
  set: 8,
  /** worker to host: the item that `index` did not find */
  undefined: 9,
  /** worker to host (dtype, shape, data): what `view` gives, as a TensorReply */
  tensor: 10,
  /** host to worker (name) a module */
  module: 11,
  /** worker to host (record of a Failure): a wanted step that failed */
  failed: 12,
  /** in this process only, both ways (k): the value with that number beside the message */
  given: 13,
  /** in this process only (k): a wanted step failed with an error of JavaScript's own */
  thrown: 14,
  /** in this process only (k, dtype, why it is a copy or null): what `view` gives */
  taken: 15,
  /**
   * An array in shared memory. Host to worker: (which of the run's blocks, byte offset of the first
   * element, dtype or None for bytes, shape, strides in bytes or None for C order). Worker to host, as
   * `tensor`: (dtype, shape, strides in elements, byte offset of the first element, whose file: 0 the
   * host's, 1 its own; the file's number there, the lease, bytes that were copied into it)
   */
  shared: 16,
} as const;

/** What the host tells a worker in its hello. */
export interface WorkerSettings {
  /** Bytes of the largest array that this host can take. */
  readonly maxArray?: number | undefined;
  /** Modules to import before `ready`. */
  readonly preload: readonly string[];
  readonly maxFrame: number;
  readonly maxHandles: number;
  /** Objects are numbered from here, so that numbers of two workers never meet. */
  readonly firstHandle: number;
  /** Folder of helper packs → its place on disk, by name. */
  readonly helpers: Readonly<Record<string, string>>;
  /** Values for `os.environ`, set before the preload. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a run brings beside its steps; null where nothing was said. */
export interface RunContext {
  readonly key?: string | undefined;
  readonly attempt?: number | undefined;
  /** Remaining budget in milliseconds. */
  readonly deadline?: number | undefined;
  readonly session?: string | undefined;
  readonly trace?: string | undefined;
  /** Where in the pool's file the parcels of this batch begin. */
  readonly parcels?: readonly number[] | undefined;
  /** Send what the call prints as `output`. */
  readonly capture?: boolean | undefined;
  /**
   * The blocks of shared memory that the batch names, by index: the grant that is given back when
   * Python has no array over it any more, the file, and where the descriptor comes now, its bytes.
   */
  readonly shared?: readonly (readonly [grant: number, file: number, bytes?: number])[] | undefined;
  /** An array that only a copy can bring to the host is an ERR_COPY_REQUIRED. */
  readonly forbid?: boolean | undefined;
}

/** Worker's first answer. */
export interface WorkerHello {
  readonly kind: 'hello';
  readonly protocol: number;
  readonly pid: number;
  /** Such as `3.11.7`. */
  readonly python: string;
}

/**
 * What a worker's marshal makes of a list of samples (PROBE in wire.py). Another CPython than those
 * that we know might write another format: then it is refused here, and not misread later.
 */
export const PROBE_BYTES =
  '5b0a0000004e544669070000006cfdffffff00000000000467000000000000e03f730200000000ff750600000061c3a9eda08028020000002e69010000007b75010000006b5b010000003c0000000030';

/** After the preload: calls may come. */
export interface WorkerReady {
  readonly kind: 'ready';
  /** Versions of what was preloaded, by module; null where a module has none. */
  readonly modules: Readonly<Record<string, string | null>>;
}

export interface RunResult {
  readonly kind: 'result';
  readonly id: number;
  /**
   * One for each of the batch's returns: data, a RemoteObject, a TensorReply, undefined for what
   * `index` missed, or a {@link Failure}. outcome.ts makes outcomes of them.
   */
  readonly values: readonly unknown[];
  /** The numbers of all objects among the values and inside them; each came with one count. */
  readonly objects: readonly number[];
  /** Bytes of arrays among them that were copied. */
  readonly copiedBytes?: number;
  /** Bytes of arrays among them that were not. */
  readonly sharedBytes?: number;
}

/** A Python exception, or an error of our own that the worker found. Data is never an instance. */
export class Failure {
  readonly record: ExceptionRecord | null;
  /** `ERR_…` of our own, where `record` is null. */
  readonly code: string;
  readonly message: string;
  /** Where in the arguments or the data; empty where it says nothing. */
  readonly path: string;
  /** An error of JavaScript's own that went through Python; undefined for all others. */
  readonly thrown: unknown;

  constructor(
    record: ExceptionRecord | null,
    code: string,
    message: string,
    path: string,
    thrown?: unknown,
  ) {
    this.record = record;
    this.code = code;
    this.message = message;
    this.path = path;
    this.thrown = thrown;
  }
}

/** The batch as a whole could not be run. */
export interface RunError {
  readonly kind: 'error';
  readonly id: number;
  readonly failure: Failure;
}

export interface StreamItem {
  readonly kind: 'item';
  readonly stream: number;
  readonly value: unknown;
}

/** The last message of a stream: exhausted, closed, or failed. */
export interface StreamEnd {
  readonly kind: 'end';
  readonly stream: number;
  /** StopIteration's value. */
  readonly value: unknown;
  readonly failure: Failure | null;
}

/** What a call printed, where its context asked for it. */
export interface Output {
  readonly kind: 'output';
  readonly id: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** A worker's shared memory: grants that it gives back, files of its own that are gone. */
export interface SharedNews {
  readonly kind: 'shared';
  readonly grants: readonly number[];
  readonly files: readonly number[];
}

export interface Log {
  readonly kind: 'log';
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly text: string;
}

export type WorkerMessage =
  | WorkerHello
  | WorkerReady
  | RunResult
  | RunError
  | StreamItem
  | StreamEnd
  | Output
  | SharedNews
  | Log;

/** Memory of an array, as an answer brings it: what `view` gives. */
export class TensorReply {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** In C order; of shared memory from the lowest to the highest element. */
  readonly data: TypedArray;
  /** Null: a copy, in C order. */
  readonly shared: SharedLayout | null;

  constructor(
    dtype: Dtype,
    shape: readonly number[],
    data: TypedArray,
    shared: SharedLayout | null = null,
  ) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
    this.shared = shared;
  }
}

/** Where the elements of an array in shared memory lie. */
export interface SharedLayout {
  /** In elements. */
  readonly strides: readonly number[];
  /** Of the first element, from the start of the data's buffer. */
  readonly byteOffset: number;
  /** Of the first element. */
  readonly address: number;
}
