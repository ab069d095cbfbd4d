import type { ErrorContext, ExceptionRecord, Frame } from '../contract/exception-record.ts';
import { caughtAt, classOfMro, originOf, PythonError } from '../errors/python-errors.ts';
import { framesSince } from '../errors/stack.ts';
import type { ExceptionClass, HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { own } from './own.ts';

/** Of the error whose origin was read last: an error shows its record to nobody. */
let lastAsked: HandleId | undefined;

/** The id under which native code keeps the frames of an error that came from Python. */
export function traceOf(error: unknown): HandleId | undefined {
  lastAsked = undefined;
  originOf(error);
  return lastAsked;
}

/** [function, file, line, column] of each frame of JavaScript that an error left since it was caught. */
export function framesBetween(error: unknown): string {
  if (!(error instanceof PythonError)) return '[]';
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, framesBetween);
  return JSON.stringify(framesSince(caughtAt(error), here.stack));
}

/**
 * A caught exception, read when somebody asks: most errors are caught and answered. The id lives as
 * long as the error does, and the error is what asks.
 */
class Caught implements ExceptionRecord {
  readonly #type: ExceptionClass;
  readonly #id: HandleId;
  readonly message: string;

  constructor(type: ExceptionClass, message: string, id: HandleId) {
    this.#type = type;
    this.#id = id;
    this.message = message;
  }

  get type(): string {
    return this.#type.type;
  }

  get module(): string {
    return this.#type.module;
  }

  get mro(): readonly string[] {
    return this.#type.mro;
  }

  get args(): readonly unknown[] {
    const binding = loadBinding();
    const args = binding.traceOf(this.#id, own('exceptions', 'args'));
    return Object.freeze([...(args as Iterable<unknown>)]);
  }

  get notes(): readonly string[] {
    return Object.freeze(this.#describe('notes') as string[]);
  }

  get frames(): readonly Frame[] {
    return Object.freeze(this.#describe('frames') as Frame[]);
  }

  get trace(): readonly Frame[] {
    return this.#describe('trace') as Frame[];
  }

  get context(): ErrorContext | null {
    const said = loadBinding().traceOf(this.#id, own('error_context', 'read'));
    return said === null ? null : Object.freeze(JSON.parse(said as string) as ErrorContext);
  }

  /** The exception's proxy; whoever has it may give it to Python again. */
  get origin(): unknown {
    lastAsked = this.#id;
    return loadBinding().exceptionOf(this.#id);
  }

  #describe(what: string): unknown {
    const render = own('exceptions', what);
    return JSON.parse(loadBinding().traceOf(this.#id, render) as string);
  }
}

/** str() of an AttributeError lacks what CPython adds when it prints one: the likely name. */
function withSuggestion(type: ExceptionClass, message: string, kept: HandleId): string {
  if (type.type !== 'AttributeError' || type.module !== 'builtins') return message;
  const suggest = own('exceptions', 'suggestion');
  return message + (loadBinding().traceOf(kept, suggest) as string);
}

/**
 * The error for an exception that native code caught; it keeps no frame alive. `at` was made where
 * JavaScript stood.
 */
export function makeException(
  type: ExceptionClass,
  message: string,
  kept: HandleId,
  at: Error,
): Error {
  const made = (type.made ??= classOfMro(type.mro));
  const record = new Caught(type, withSuggestion(type, message, kept), kept);
  return new made('', { record, at });
}
