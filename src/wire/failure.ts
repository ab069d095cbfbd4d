import type { ErrorContext, ExceptionRecord, Frame } from '../contract/exception-record.ts';
import { Failure } from './message.ts';
import { malformed } from './malformed.ts';

// As deep as errors are built from records (errors/from-python.ts).
const CHAIN_LIMIT = 100;

type Fields = Readonly<Record<string, unknown>>;

export function text(value: unknown): string {
  return typeof value === 'string' ? value : malformed('a text is missing');
}

export function whole(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  return malformed('a number is missing');
}

export function record(value: unknown): Fields {
  const plain =
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  return plain ? (value as Fields) : malformed('a record is missing');
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : malformed('a list is missing');
}

function frame(value: unknown): Frame {
  const [file, line, col, name, code] = list(value);
  return {
    file: text(file),
    line: whole(line),
    col: whole(col),
    function: text(name),
    code: text(code),
  };
}

/** Texts, numbers and lists of numbers: what rules say. */
function context(value: unknown): ErrorContext | null {
  if (value === null) return null;
  const raw = record(value);
  const { source } = raw;
  if (source !== 'objects' && source !== 'message') return malformed('a context has no source');
  for (const one of Object.values(raw)) {
    if (Array.isArray(one)) one.forEach(whole);
    else if (typeof one !== 'number') text(one);
  }
  return Object.freeze({ ...raw, source });
}

/** Each says at its end whether it is one of JavaScript, which the exception passed through. */
function traceOf(value: unknown): Pick<ExceptionRecord, 'frames' | 'trace'> {
  const all = list(value);
  const ofPython = all.filter((one) => list(one)[5] !== true);
  const frames = Object.freeze(ofPython.map(frame));
  return ofPython.length === all.length ? { frames } : { frames, trace: all.map(frame) };
}

function exception(value: unknown, depth: number): ExceptionRecord {
  if (depth > CHAIN_LIMIT) return malformed('a chain of exceptions without end');
  const raw = record(value);
  const chained = raw['cause'] ?? null;
  const members = raw['errors'] ?? null;
  return {
    type: text(raw['type']),
    module: text(raw['module']),
    mro: list(raw['mro']).map(text),
    message: text(raw['message']),
    args: Object.freeze(list(raw['args'])),
    notes: Object.freeze(list(raw['notes']).map(text)),
    ...traceOf(raw['frames']),
    cause: chained === null ? null : exception(chained, depth + 1),
    errors: members === null ? undefined : list(members).map((one) => exception(one, depth + 1)),
    context: context(raw['context'] ?? null),
  };
}

/** A Failure's record, checked. */
export function readFailure(value: unknown): Failure {
  const raw = record(value);
  const found = raw['record'] ?? null;
  const known = found === null ? null : exception(found, 0);
  return new Failure(known, text(raw['code']), text(raw['message']), text(raw['path']));
}
