import type { ExceptionRecord, Frame } from '../contract/exception-record.ts';
import { errorFromRecord } from '../errors/from-python.ts';
import type { ExceptionClass, ExceptionParts } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { own } from './own.ts';

type FrameTuple = [file: string, line: number, col: number, name: string, code: string];

function data(module: string, name: string, argument: unknown): unknown {
  const binding = loadBinding();
  const text = binding.call(own(module, name), argument) as string;
  return JSON.parse(text);
}

/** Read when somebody asks: most exceptions are caught and answered. */
function framesOf(trace: unknown): readonly Frame[] {
  const rows = data('exceptions', 'frames', trace) as FrameTuple[];
  return rows.map(([file, line, col, name, code]) => ({ file, line, col, function: name, code }));
}

function argsOf(exception: unknown): readonly unknown[] {
  return Object.freeze([...(exception as { args: Iterable<unknown> }).args]);
}

/** str() of an AttributeError lacks what CPython adds when it prints one: the likely name. */
function withSuggestion(type: ExceptionClass, message: string, exception: unknown): string {
  if (type.type !== 'AttributeError' || type.module !== 'builtins') return message;
  return message + (loadBinding().call(own('exceptions', 'suggestion'), exception) as string);
}

/** The error for an exception that native code caught; it keeps no frame alive. */
export function makeException(
  type: ExceptionClass,
  message: string,
  exception: unknown,
  trace: unknown,
  parts: ExceptionParts | undefined,
): Error {
  const record: ExceptionRecord = {
    ...type,
    message: withSuggestion(type, message, exception),
    args: () => argsOf(exception),
    notes: () => Object.freeze(data('exceptions', 'notes', exception) as string[]),
    frames: () => Object.freeze(framesOf(trace)),
    cause: parts?.cause,
    errors: parts?.errors,
    origin: exception,
  };
  return errorFromRecord(record, { above: makeException });
}
