import type { ExceptionRecord } from '../contract/exception-record.ts';
import {
  type PythonError,
  type PythonErrorClass,
  type PythonErrorOptions,
} from './python-error.ts';
import { classOfMro, errors } from './python-errors.ts';

// Python chains as long as memory lasts; nobody reads the hundredth cause, and recursion ends.
const DEPTH_LIMIT = 100;

export type FromRecordOptions = Pick<PythonErrorOptions, 'above' | 'at'>;

/** A record without an MRO is no reason to believe that its class has none. */
function classOfRecord(record: ExceptionRecord): PythonErrorClass {
  if (record.mro !== undefined && record.mro.length > 0) return classOfMro(record.mro);
  return errors.get(`${record.module ?? 'builtins'}.${record.type}`);
}

type Seen = Map<ExceptionRecord, PythonError>;

function build(
  record: ExceptionRecord,
  options: FromRecordOptions,
  seen: Seen,
  depth: number,
): PythonError {
  const known = seen.get(record);
  if (known !== undefined) return known;
  const made = new (classOfRecord(record))('', { ...options, record });
  // Before its cause and members: a chain may lead back here.
  seen.set(record, made);
  const convert = (other: ExceptionRecord | Error): Error =>
    other instanceof Error ? other : build(other, options, seen, depth + 1);
  const hidden = { configurable: true, writable: true };
  if (depth >= DEPTH_LIMIT) return made;
  if (record.cause) {
    Object.defineProperty(made, 'cause', { value: convert(record.cause), ...hidden });
  }
  if (record.errors !== undefined) {
    const value = Object.freeze(record.errors.map(convert));
    Object.defineProperty(made, 'errors', { value, ...hidden });
  }
  return made;
}

/**
 * The error for a Python exception's record: the only place that chooses a class.
 *
 * @example
 * throw errorFromRecord({ type: "KeyError", message: "'x'" });
 */
export function errorFromRecord(
  record: ExceptionRecord,
  options: FromRecordOptions = {},
): PythonError {
  return build(record, { above: errorFromRecord, ...options }, new Map(), 0);
}
