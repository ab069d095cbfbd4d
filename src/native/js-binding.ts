import type { HandleId } from './binding.ts';

/** What native code asks about JavaScript's own functions and objects (src-native/js_object.h). */
export interface JsHooks {
  readonly missing: object;
  /** A number for the object's life, and its kind (js-kinds.ts). */
  readonly identify: (value: object, forced: boolean) => number;
  /** What an error says, for Python's str(). */
  readonly describe: (value: unknown) => string;
  /** `[held, number, text, cause, class, args]` of what was thrown. */
  readonly prepareThrown: (value: unknown) => readonly unknown[];
  readonly keywords: (names: readonly string[], values: readonly unknown[]) => unknown;
  readonly probeStack: () => null;
  readonly attribute: (value: never, key: string) => unknown;
  readonly setAttribute: (value: never, key: string, set: unknown) => unknown;
  readonly deleteAttribute: (value: never, key: string) => unknown;
  readonly item: (value: never, key: unknown) => unknown;
  readonly setItem: (value: never, key: unknown, set: unknown) => unknown;
  readonly deleteItem: (value: never, key: unknown) => unknown;
  readonly contains: (value: never, key: unknown) => boolean;
  readonly length: (value: never) => number;
  readonly iterator: (value: never) => unknown;
  /** The next value, or `missing`: `ended` then tells what the iterator returned. */
  readonly advance: (source: never, ...sent: [] | [unknown]) => unknown;
  readonly throwInto: (source: never, error: unknown) => unknown;
  readonly close: (source: never) => void;
  readonly ended: () => unknown;
  readonly asyncIterator: (value: never) => unknown;
  readonly names: (value: never) => string[];
  readonly text: (value: never) => unknown;
  readonly represent: (value: unknown) => string;
  readonly functionName: (value: never) => string;
  readonly parameters: (value: never) => string[];
  /** The kept id of an error that was caught from Python. */
  readonly traceOf: (error: unknown) => HandleId | undefined;
  /** JavaScript's frames from where it was caught to where it is thrown on, as JSON, innermost first. */
  readonly framesBetween: (error: unknown) => string;
  /** The number of the codec that a Python class has; -1 for none. */
  readonly decoderOf: (type: unknown) => number;
  /** What that codec makes of an object; undefined leaves it as it is. */
  readonly decode: (codec: number, proxy: unknown) => unknown;
  /** What goes to Python instead of an object, or `missing`. */
  readonly encode: (value: object) => unknown;
  /** A proxy of Arrow data. */
  readonly toArrow: (value: unknown) => unknown;
  /** A promise's value, or `missing` while it is pending. */
  readonly settled: (promise: never) => unknown;
  /** Writes the ticket, eight bytes, into a pipe once the promise is settled. */
  readonly notify: (promise: never, descriptor: number, ticket: number) => void;
}

/** JavaScript's functions and objects in Python: the rows of src-native/js_object.cc. */
export interface JsBinding {
  /** The Python object that stands for a JS value, as a proxy; what is copied elsewhere is held. */
  hold(value: object): unknown;
  /** A Python callable that does not keep its function. */
  holdWeakly(value: (...args: never) => unknown): unknown;
  /** Every function and object of this thread that Python holds now. */
  heldByPython(): object[];
  countHeldByPython(): number;
  /** Whether there are codecs for values of Python's, and for JavaScript's. */
  setCodecs(decodes: boolean, encodes: boolean): void;
  /** Notes how deep the stack is, for the limit on calls that call back. */
  markStack(): void;
  /** The kinds of js-kinds.ts, by name. */
  jsKinds(): Readonly<Record<string, number>>;
}
