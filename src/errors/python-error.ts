import type { ErrorContext, ExceptionRecord, Frame, Lazy } from '../contract/exception-record.ts';
import { byPrototype, MRO, mroOf as brandedMro, ORIGIN } from './brand.ts';
import { mergedStack } from './stack.ts';

/** In UTF-16 units. A longer message is cut, so that no exception can fill the heap. */
const MESSAGE_LIMIT = 1_000_000;

const BASE = 'builtins.BaseException';

export interface PythonErrorOptions {
  readonly cause?: unknown;
  /** What a placement read from the exception; it overrules the message. */
  readonly record?: ExceptionRecord;
  /** The function whose callers the JS stack begins with. */
  readonly above?: (...args: never) => unknown;
  /** Holds, as `stack`, the JS stack of the call where that is not where we stand now. */
  readonly at?: { readonly stack?: string };
}

/** The class of one Python exception type; there is one for ever for a qualified name. */
export interface PythonErrorClass {
  new (message?: string, options?: PythonErrorOptions): PythonError;
  readonly prototype: PythonError;
  /** Such as `builtins.ValueError`. */
  readonly qualifiedName: string;
  /** The MRO as far as it is known: whole once an instance was seen. */
  readonly knownMro: readonly string[];
}

interface Held {
  readonly type: string;
  readonly module: string;
  readonly mro: readonly string[];
  readonly origin: unknown;
  args: Lazy<readonly unknown[]>;
  notes: Lazy<readonly string[]>;
  frames: Lazy<readonly Frame[]>;
  context: Lazy<ErrorContext | null>;
}

type LazyField = 'args' | 'notes' | 'frames' | 'context';

/** Builtins are written without their module everywhere but in an MRO. */
export function qualify(name: string): string {
  return name.includes('.') ? name : `builtins.${name}`;
}

function cut(message: string): string {
  if (message.length <= MESSAGE_LIMIT) return message;
  const tail = `… [cut: ${String(message.length)} characters in all]`;
  const head = message.slice(0, MESSAGE_LIMIT - tail.length);
  // A half of a surrogate pair at the seam is no character.
  return head.replace(/[\uD800-\uDBFF]$/, '') + tail;
}

function layStack(error: PythonError, value: unknown): void {
  Object.defineProperty(error, 'stack', { value, writable: true, configurable: true });
}

/** The record's own spelling only where it differs: the usual error allocates no list. */
function mroOf(record: ExceptionRecord | undefined, known: readonly string[]): readonly string[] {
  const given = record?.mro;
  if (given === undefined || given.length === 0) return known;
  const same = given.length === known.length && given.every((name, i) => name === known[i]);
  return same ? known : Object.freeze(given.map(qualify));
}

function hold(record: ExceptionRecord | undefined, message: string, known: PythonErrorClass): Held {
  const mro = mroOf(record, known.knownMro);
  const own = mro[0] ?? BASE;
  const dot = own.lastIndexOf('.');
  return {
    type: record?.type ?? own.slice(dot + 1),
    module: record?.module ?? own.slice(0, dot),
    mro,
    origin: record?.origin,
    args: record?.args ?? (record === undefined && message !== '' ? [message] : []),
    notes: record?.notes ?? [],
    frames: record?.frames ?? [],
    context: record?.context ?? null,
  };
}

/**
 * A Python exception. `errors.BaseException` is this class; every other Python type has one of
 * its own, and `instanceof` follows Python's MRO.
 *
 * @example
 * try {
 *   np.linalg.inv(np.zeros([2, 2]));
 * } catch (error) {
 *   if (error instanceof errors.ValueError) console.log(error.type, error.frames.at(-1)?.line);
 * }
 */
export class PythonError extends Error {
  static readonly qualifiedName: string = BASE;
  static readonly knownMro: readonly string[] = Object.freeze([BASE, 'builtins.object']);

  /** The members of an exception group, in order; absent on every other error. */
  declare readonly errors?: readonly Error[];
  readonly #held: Held;
  readonly #at: { readonly stack?: string };

  /** Formatting waits until somebody reads it: most errors are caught and answered. */
  static readonly #stack: PropertyDescriptor = {
    get(this: PythonError): string {
      const text = this.#trace();
      layStack(this, text);
      return text;
    },
    set(this: PythonError, value: unknown): void {
      layStack(this, value);
    },
    configurable: true,
  };

  constructor(message = '', options: PythonErrorOptions = {}) {
    const { record } = options;
    const limit = Error.stackTraceLimit;
    // One capture is enough, and it is the one below. A limit that may not be written stays.
    Reflect.set(Error, 'stackTraceLimit', 0);
    super(cut(record?.message ?? message), 'cause' in options ? { cause: options.cause } : {});
    Reflect.set(Error, 'stackTraceLimit', limit);
    const constructor = new.target as PythonErrorClass;
    this.#held = hold(record, message, constructor);
    this.#at = options.at ?? {};
    if (options.at === undefined) Error.captureStackTrace(this.#at, options.above ?? constructor);
    // Redefining V8's own property would format it first, which costs ten times the rest.
    Reflect.deleteProperty(this, 'stack');
    Object.defineProperty(this, 'stack', PythonError.#stack);
  }

  /** The class's own name. */
  get type(): string {
    return PythonError.#own(this, 'type', 'BaseException');
  }

  get module(): string {
    return PythonError.#own(this, 'module', 'builtins');
  }

  /** Qualified names, the own first. */
  get mro(): readonly string[] {
    return PythonError.#own(this, 'mro', PythonError.knownMro);
  }

  get args(): readonly unknown[] {
    return PythonError.#read(this, 'args', []) as readonly unknown[];
  }

  get notes(): readonly string[] {
    return PythonError.#read(this, 'notes', []) as readonly string[];
  }

  /** Outermost first, as in a Python traceback: the fault is at the last one. */
  get frames(): readonly Frame[] {
    return PythonError.#read(this, 'frames', []) as readonly Frame[];
  }

  get context(): ErrorContext | null {
    return PythonError.#read(this, 'context', null) as ErrorContext | null;
  }

  // Isolated declarations allow no symbol of ours as a member's name.
  static {
    const name = { value: 'BaseException', writable: true, configurable: true };
    Object.defineProperty(this.prototype, 'name', name);
    Object.defineProperty(this.prototype, MRO, {
      get(this: PythonError) {
        return this.mro;
      },
    });
    Object.defineProperty(this.prototype, ORIGIN, {
      get(this: PythonError) {
        return PythonError.#own(this, 'origin', undefined);
      },
    });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!Object.hasOwn(this, 'qualifiedName')) return byPrototype(this, value);
    const mro = brandedMro(value);
    return mro !== null && (this.qualifiedName === BASE || mro.includes(this.qualifiedName));
  }

  // Static, because inspectors ask the prototype too, which holds no exception.
  static #own<K extends Exclude<keyof Held, LazyField>>(
    error: PythonError,
    key: K,
    none: Held[K],
  ): Held[K] {
    return #held in error ? error.#held[key] : none;
  }

  static #read(error: PythonError, key: LazyField, none: unknown): unknown {
    if (!(#held in error)) return none;
    const value: unknown = error.#held[key];
    if (typeof value !== 'function') return value;
    const made: unknown = (value as () => unknown)();
    Object.assign(error.#held, { [key]: made });
    return made;
  }

  #trace(): string {
    const head = this.message === '' ? this.name : `${this.name}: ${this.message}`;
    try {
      return mergedStack([head, ...this.notes].join('\n'), this.frames, this.#at.stack);
    } catch {
      // The reader of the frames failed, with Python gone, say: a stack must not throw.
      return mergedStack(head, [], this.#at.stack);
    }
  }
}
