import type { Outcome, Returned } from '../contract/batch.ts';
import { COPY_REASONS, type CopyReason } from '../contract/copies.ts';
import {
  ConversionError,
  CopyRequiredError,
  DeadlockError,
  DisposedError,
  DtypeError,
  SnakepitError,
} from '../errors/errors.ts';
import { errorFromRecord } from '../errors/from-python.ts';
import { HandleElsewhereError, HandleLimitError, ProtocolError } from '../errors/worker-errors.ts';
import { Failure } from './message.ts';

/** What a worker says is any text. */
function reasonOf(said: string): CopyReason {
  return COPY_REASONS.find((reason) => reason === said) ?? 'foreign';
}

type Make = (failure: Failure) => Error;

const OWN: Readonly<Record<string, Make>> = {
  ERR_CONVERSION: ({ message, path }) => new ConversionError(message, { path }),
  ERR_COPY_REQUIRED: ({ message, path }) =>
    new CopyRequiredError(message, { reason: reasonOf(path) }),
  ERR_DEADLOCK: ({ message }) => new DeadlockError(message),
  ERR_DISPOSED: ({ message }) => new DisposedError(message),
  ERR_DTYPE: ({ message, path }) => new DtypeError(message, { dtype: path }),
  ERR_HANDLE_ELSEWHERE: ({ message }) => new HandleElsewhereError(message),
  ERR_HANDLE_LIMIT: ({ message }) => new HandleLimitError(message),
  ERR_PROTOCOL: ({ message }) => new ProtocolError(message),
};

/** The error of a failure; its JS stack is that of the call, where `at` has one. */
export function errorOf(failure: Failure, at?: { readonly stack?: string }): Error {
  if (failure.thrown !== undefined) return failure.thrown as Error;
  if (failure.record !== null)
    return errorFromRecord(failure.record, at === undefined ? {} : { at });
  const make = Object.hasOwn(OWN, failure.code) ? OWN[failure.code] : undefined;
  return make === undefined ? new SnakepitError(failure.message) : make(failure);
}

/**
 * What a result's values mean for the batch that was run. A ProtocolError where the worker sent
 * another number of them.
 */
export function outcomesOf(
  returns: readonly Returned[],
  values: readonly unknown[],
): readonly Outcome[] {
  if (values.length !== returns.length) {
    throw new ProtocolError(
      `a worker sent ${values.length} results where ${returns.length} were asked for`,
    );
  }
  return values.map((value, i) =>
    value instanceof Failure
      ? { ok: false, error: errorOf(value, returns[i]?.at) }
      : { ok: true, value },
  );
}
