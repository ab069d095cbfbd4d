import type { PythonErrorClass } from '../errors/python-error.ts';
import type { ArrowBinding } from './arrow-binding.ts';
import type { AsyncBinding } from './async-binding.ts';
import type { BRIDGE } from './bridge.ts';
import type { ChannelBinding } from './channel-binding.ts';
import type { JsBinding, JsHooks } from './js-binding.ts';
import type { nativeError } from './native-error.ts';
import type { ProcessBinding } from './process-binding.ts';
import type { SharedBinding } from './shared-binding.ts';
import type { TensorBinding } from './tensor-binding.ts';

/** A handle's number: a slot and how often it was used before. It never means another object. */
export type HandleId = number;

/** An attribute's name, or the number that `internName` gave for it. */
export type AttributeName = string | number;

/** An exception's class, one object a class and JS thread. */
export interface ExceptionClass {
  readonly type: string;
  readonly module: string;
  readonly mro: readonly string[];
  /** Set by `makeException` at first sight. */
  made?: PythonErrorClass;
}

/** What native code calls; a hook that is absent stays as it was. */
export interface Hooks {
  readonly bridge?: typeof BRIDGE;
  readonly makeError?: typeof nativeError;
  /** [id, flags, claimed] of an object without a proxy, see fresh.ts; native code keeps its memory. */
  readonly fresh?: Float64Array;
  /** [proxy] made last of `fresh`, until native code holds it weakly. */
  readonly waiting?: unknown[];
  readonly makeProxy?: (id: HandleId, flags: number) => unknown;
  /** Writes an array, plain object, Map or Set on a tape: how many tags are left; -1 for others. */
  readonly flatten?: (container: object) => number;
  /** What Python printed, whole lines where it can be; 1 is stdout, 2 stderr. */
  readonly writeOutput?: (descriptor: number, data: Buffer) => void;
  readonly js?: JsHooks;
  /** Makes data of a piece of tape; the whole of it once it is there. Without one, gives a tape. */
  readonly build?: (
    level: number,
    tags?: number,
    text?: string,
    others?: readonly unknown[],
    first?: boolean,
  ) => unknown;
  /** Memory of Python's as a typed array, or `{ data, shape, dtype }`. */
  readonly makeArray?: (bytes: Uint8Array, dtype: string, shape: readonly number[]) => unknown;
  /** An ndarray as plain data, for `toData`; the path is for an error. */
  readonly copyArray?: (array: unknown, path: string) => unknown;
  /** WebAssembly memory of so many bytes moved, and Python has what it was. */
  readonly reportStale?: (bytes: number) => void;
  /** Has V8 collect its young generation, now; an error says that this host will not. */
  readonly collectYoung?: () => void;
  /**
   * `kept` is a handle's id that lives as long as the error that is returned; native code adds
   * `cause` and `errors` to it. `at` knows where JavaScript stood.
   */
  readonly makeException?: (
    type: ExceptionClass,
    message: string,
    kept: HandleId,
    at: Error,
  ) => Error;
}

export interface StartOptions {
  readonly libpython: string;
  readonly executable: string;
  /** The folder that becomes the package `_snakepit`. */
  readonly package: string;
}

/** What one `next` says besides its value. */
export interface Step {
  done: boolean;
}

/** Limits of `toData`; `depth` -1 is none. */
export interface DataOptions {
  readonly depth: number;
  /** Objects that are no data become proxies instead of an error. */
  readonly proxies: boolean;
  /** Datetimes become Dates where that loses nothing. */
  readonly dates: boolean;
}

/**
 * The raw surface of the addon: flat, stateless, one row a native function. Nothing but `install`
 * and what needs no Python may be called before `start`. A test compares it with the exports.
 */
export interface Binding
  extends TensorBinding,
    ArrowBinding,
    JsBinding,
    ProcessBinding,
    ChannelBinding,
    SharedBinding,
    AsyncBinding {
  install(hooks: Hooks): void;
  /** Starts Python, or joins the one that runs; answers its executable. */
  start(options: StartOptions): string;
  /** Whether the host listens to SIGINT now: then Ctrl-C interrupts a call of the main thread. */
  listenToInterrupts(on: boolean): void;
  /** Runs Python's exit functions, in bounded time. */
  atExit(): void;

  dispose(id: HandleId): boolean;
  openScope(): void;
  closeScope(keep: readonly HandleId[]): void;
  liveHandles(): number;

  call(id: HandleId, ...args: readonly unknown[]): unknown;
  /** As `call`, past the user's codecs: what the bridge itself asks. */
  callAsIs(id: HandleId, ...args: readonly unknown[]): unknown;
  /**
   * As `call` and `getAttr`; undefined says that the result is an object which has no proxy yet,
   * with `hooks.fresh` holding its id and flags. It must be made and left in `hooks.waiting` before
   * anything else.
   * A call from C++ into JavaScript, which `call` makes for that, costs more.
   */
  callLater(id: HandleId, ...args: readonly unknown[]): unknown;
  getAttrLater(id: HandleId, name: AttributeName): unknown;
  /** The number of a method that neither its type nor this object can change; -1: it is none. */
  methodOf(id: HandleId, name: AttributeName): number;
  /** As `callLater`, of a method of the object. */
  callMethodLater(id: HandleId, method: number, ...args: readonly unknown[]): unknown;
  /** Makes Python's bound method, whose proxy this is; its id and flags. */
  bindMethod(id: HandleId, method: number, proxy: unknown): readonly [HandleId, number];
  /** The result as a proxy, whatever it is. */
  callForProxy(id: HandleId, ...args: readonly unknown[]): unknown;
  callWithKeywords(
    id: HandleId,
    args: readonly unknown[],
    names: readonly string[],
    values: readonly unknown[],
  ): unknown;
  import(name: string): unknown;
  importOwn(name: string): unknown;
  /** A value of a module; undefined where that was not imported by now. */
  ofLoaded(module: string, name: string): unknown;

  internName(name: string): number;
  getAttr(id: HandleId, name: AttributeName): unknown;
  /** undefined where there is no such attribute. */
  findAttr(id: HandleId, name: AttributeName): unknown;
  hasAttr(id: HandleId, name: AttributeName): boolean;
  setAttr(id: HandleId, name: AttributeName, value: unknown): void;
  deleteAttr(id: HandleId, name: AttributeName): void;
  getItem(id: HandleId, keys: readonly unknown[]): unknown;
  setItem(id: HandleId, keys: readonly unknown[], value: unknown): void;
  deleteItem(id: HandleId, keys: readonly unknown[]): void;
  /** An item of a sequence; undefined out of range. */
  index(id: HandleId, index: number): unknown;
  iterate(id: HandleId): unknown;
  /** At the end `step.done` is set, and the value is that of StopIteration. */
  next(id: HandleId, step: Step, sent: unknown): unknown;
  /** `str()`, or `repr()`. */
  text(id: HandleId, repr: boolean): string;
  /** `dir()` without dunders. */
  names(id: HandleId): string[];
  isTrue(id: HandleId): boolean;
  /** What a function says of `[(handle, object), …]`, all that JavaScript holds, and of `extra`. */
  examine(id: HandleId, extra: readonly unknown[]): unknown;
  /** The proxy of a handle whose id came as text; ERR_DISPOSED where it is none any more. */
  proxyOf(id: HandleId): unknown;
  /** The flags of capabilities.ts, by name. */
  typeFlags(): Readonly<Record<string, number>>;
  /** The tape of a level of nesting; src/in-process/tape.ts says what stands on it. */
  registerTape(
    level: number,
    tags: Uint8Array,
    numbers: Float64Array,
    towardsJavaScript: boolean,
  ): void;
  /** A full tape, or a part with text and values that are no data, to whoever called `flatten`. */
  readTape(tags: number, text: string, others: readonly unknown[]): void;
  /** The tags of tape.ts, by name. */
  tapeTags(): Readonly<Record<string, number>>;
  toData(id: HandleId, options: DataOptions): unknown;

  /** The proxy of a kept exception. */
  exceptionOf(kept: HandleId): unknown;
  /** What the function says of a kept exception's (exception, objects, code, lasti, …). */
  traceOf(kept: HandleId, renderer: HandleId): unknown;
}
