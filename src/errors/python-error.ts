import type { ErrorContext, ExceptionRecord, Frame, Lazy } from '../contract/exception-record.ts';
import { AT, byPrototype, MRO, mroOf as brandedMro, ORIGIN } from './brand.ts';
import { contextWithRules } from './rules.ts';
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

/** What was read of an exception; a field stays as it was at its first read. */
interface Fields {
  args: readonly unknown[];
  notes: readonly string[];
  frames: readonly Frame[];
  trace: readonly Frame[];
  context: ErrorContext | null;
}

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
function spell(given: readonly string[], known: readonly string[]): readonly string[] {
  const same = given.length === known.length && given.every((name, i) => name === known[i]);
  return same ? known : Object.freeze(given.map(qualify));
}

/** Of every instance; the getter and setter below. */
const STACK: PropertyDescriptor = { configurable: true };

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
  readonly #record: ExceptionRecord;
  /** Holds, as `stack`, where JavaScript stood. Formatting waits until somebody reads it. */
  readonly #at: { readonly stack?: string };
  #read: Map<keyof Fields, unknown> | undefined;
  #mro: readonly string[] | undefined;

  constructor(message = '', options: PythonErrorOptions = {}) {
    const { record, at } = options;
    const limit = Error.stackTraceLimit;
    // One capture is enough, and it is the one below: two thirds of what an error costs.
    Reflect.set(Error, 'stackTraceLimit', undefined);
    super(
      cut(record?.message ?? message),
      'cause' in options ? { cause: options.cause } : undefined,
    );
    Reflect.set(Error, 'stackTraceLimit', limit);
    this.#record = record ?? { type: '', args: message === '' ? [] : [message] };
    this.#at = at ?? {};
    if (at === undefined) Error.captureStackTrace(this.#at, options.above ?? new.target);
    // Its own, though the prototype's would answer: Node takes for an error what has one, and prints
    // no stack of any other rejection that nobody handled.
    Object.defineProperty(this, 'stack', STACK);
  }

  /** The class's own name. */
  get type(): string {
    const given = #record in this ? this.#record.type : '';
    return given === '' ? (/[^.]*$/.exec(this.mro[0] ?? BASE)?.[0] ?? '') : given;
  }

  get module(): string {
    const given = #record in this ? this.#record.module : undefined;
    return given ?? (this.mro[0] ?? BASE).replace(/\.[^.]*$/, '');
  }

  /** Qualified names, the own first. */
  get mro(): readonly string[] {
    const known = (this.constructor as PythonErrorClass).knownMro;
    if (!(#record in this)) return known;
    const given = this.#record.mro;
    if (given === undefined || given.length === 0) return known;
    return (this.#mro ??= spell(given, known));
  }

  get args(): readonly unknown[] {
    return PythonError.#field(this, 'args') ?? [];
  }

  get notes(): readonly string[] {
    return PythonError.#field(this, 'notes') ?? [];
  }

  /** Outermost first, as in a Python traceback: the fault is at the last one. */
  get frames(): readonly Frame[] {
    return PythonError.#field(this, 'frames') ?? [];
  }

  /**
   * Shapes, dtypes and devices of what was involved, never values; null where nothing is known.
   * `source` says whether they were read from the objects or from the message.
   */
  get context(): ErrorContext | null {
    return PythonError.#field(this, 'context') ?? null;
  }

  /**
   * One trace, Python's frames and then JavaScript's, in the order they ran from the fault outwards.
   */
  override get stack(): string {
    if (!(#record in this)) return '';
    const text = PythonError.#trace(this);
    layStack(this, text);
    return text;
  }

  override set stack(value: unknown) {
    layStack(this, value);
  }

  // Isolated declarations allow no symbol of ours as a member's name.
  static {
    Object.assign(STACK, Object.getOwnPropertyDescriptor(this.prototype, 'stack'));
    const name = { value: 'BaseException', writable: true, configurable: true };
    Object.defineProperty(this.prototype, 'name', name);
    Object.defineProperty(this.prototype, MRO, {
      get(this: PythonError) {
        return this.mro;
      },
    });
    Object.defineProperty(this.prototype, AT, {
      get(this: PythonError) {
        return #at in this ? this.#at.stack : undefined;
      },
    });
    Object.defineProperty(this.prototype, ORIGIN, {
      get(this: PythonError) {
        return #record in this ? this.#record.origin : undefined;
      },
    });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (!Object.hasOwn(this, 'qualifiedName')) return byPrototype(this, value);
    const mro = brandedMro(value);
    return mro !== null && (this.qualifiedName === BASE || mro.includes(this.qualifiedName));
  }

  // Static, because inspectors ask the prototype too, which holds no exception.
  static #field<K extends keyof Fields>(error: PythonError, key: K): Fields[K] | undefined {
    if (!(#record in error)) return undefined;
    const read = (error.#read ??= new Map<keyof Fields, unknown>());
    if (read.has(key)) return read.get(key) as Fields[K];
    const lazy = error.#record[key] as Lazy<Fields[K]> | undefined;
    const value = typeof lazy === 'function' ? lazy() : lazy;
    read.set(key, value);
    if (key !== 'context') return value;
    const context = contextWithRules(error, (value as ErrorContext | null | undefined) ?? null);
    read.set(key, context);
    return context as Fields[K];
  }

  static #trace(error: PythonError): string {
    const head = error.message === '' ? error.name : `${error.name}: ${error.message}`;
    try {
      const above = [head, ...error.notes].join('\n');
      const frames = PythonError.#field(error, 'trace') ?? error.frames;
      return mergedStack(above, frames, error.#at.stack);
    } catch {
      // The reader of the frames failed, with Python gone, say: a stack must not throw.
      return mergedStack(head, [], error.#at.stack);
    }
  }
}

/**
 * Exception groups are AggregateErrors too, and an object has one chain of prototypes: this one has
 * all of PythonError's.
 */
export const GROUP_PROTOTYPE: object = Object.create(
  AggregateError.prototype,
  Object.getOwnPropertyDescriptors(PythonError.prototype),
) as object;

/** What a placement adds to every Python error. */
export function defineOnErrors(key: symbol, get: (this: PythonError) => unknown): void {
  for (const prototype of [PythonError.prototype, GROUP_PROTOTYPE]) {
    Object.defineProperty(prototype, key, { configurable: true, get });
  }
}
