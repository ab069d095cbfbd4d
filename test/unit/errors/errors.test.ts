import { inspect } from 'node:util';

import { describe, expect, test, vi } from 'vitest';

import * as own from '../../../src/errors/errors.ts';
import {
  ConversionError,
  CopyRequiredError,
  DtypeError,
  NotSyncedError,
  SnakepitError,
} from '../../../src/errors/errors.ts';
import { PythonError } from '../../../src/errors/python-errors.ts';
import * as workers from '../../../src/errors/worker-errors.ts';

/** The codes of the contract: they never change. */
const CODES = {
  AlreadyOpenError: 'ERR_ALREADY_OPEN',
  NotSyncedError: 'ERR_NOT_SYNCED',
  LockMismatchError: 'ERR_LOCK_MISMATCH',
  NoPythonError: 'ERR_NO_PYTHON',
  CopyRequiredError: 'ERR_COPY_REQUIRED',
  DtypeError: 'ERR_DTYPE',
  ConversionError: 'ERR_CONVERSION',
  DisposedError: 'ERR_DISPOSED',
  DeadlockError: 'ERR_DEADLOCK',
  WorkerCrashError: 'ERR_WORKER_CRASH',
  PoisonTaskError: 'ERR_POISON_TASK',
  QueueFullError: 'ERR_QUEUE_FULL',
  BreakerOpenError: 'ERR_BREAKER_OPEN',
  DeviceTaintedError: 'ERR_DEVICE_TAINTED',
  HandleLostError: 'ERR_HANDLE_LOST',
  SessionLostError: 'ERR_SESSION_LOST',
  HandleElsewhereError: 'ERR_HANDLE_ELSEWHERE',
  HandleLimitError: 'ERR_HANDLE_LIMIT',
  DeadlineError: 'ERR_TIMEOUT',
  AbandonedError: 'ERR_ABANDONED',
  PoolClosedError: 'ERR_POOL_CLOSED',
  ProtocolError: 'ERR_PROTOCOL',
};

type AnyClass = new (message: string, options: object) => SnakepitError;

const CLASSES = { ...own, ...workers } as unknown as Record<string, AnyClass>;

function make(name: string): SnakepitError {
  const constructor = CLASSES[name];
  if (constructor === undefined) throw new Error(`no class ${name}`);
  return new constructor('what happened; what to do', {});
}

describe('every code of the contract', () => {
  test.each(Object.entries(CODES))('%s is %s', (name, code) => {
    const error = make(name);
    expect(error).toMatchObject({ name, code, message: 'what happened; what to do' });
    expect(error).toBeInstanceOf(SnakepitError);
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toMatch(/^\w+: what happened; what to do\n {4}at /);
    const matching = Object.keys(CODES).filter(
      (other) => error instanceof (CLASSES[other] as AnyClass),
    );
    expect(matching).toEqual([name]);
  });

  test('there is no class without one', () => {
    const names = Object.keys(CLASSES).filter((name) => name !== 'SnakepitError');
    expect(names.sort()).toEqual(Object.keys(CODES).sort());
  });
});

test('only a ConversionError is a TypeError', () => {
  const types = Object.keys(CODES).filter((name) => make(name) instanceof TypeError);
  expect(types).toEqual(['ConversionError']);
  expect(new TypeError('x')).not.toBeInstanceOf(ConversionError);
  expect(new ConversionError('x', { path: 'args[0].a' }).path).toBe('args[0].a');
  expect(new ConversionError('x').path).toBe('');
});

test('what is no error of ours is no instance', () => {
  const values = [null, undefined, 1, 'ERR_DTYPE', {}, new Error('x'), { code: 'ERR_DTYPE' }];
  for (const value of [...values, new PythonError('x')]) {
    expect(value instanceof SnakepitError).toBe(false);
    expect(value instanceof DtypeError).toBe(false);
    expect(value instanceof ConversionError).toBe(false);
  }
});

test('two copies of the package agree', async () => {
  vi.resetModules();
  const other = await import('../../../src/errors/errors.ts');
  expect(other.DtypeError).not.toBe(DtypeError);
  expect(new other.DtypeError('x', { dtype: '>f4' })).toBeInstanceOf(DtypeError);
  expect(new other.ConversionError('x')).toBeInstanceOf(ConversionError);
  expect(new ConversionError('x')).toBeInstanceOf(other.SnakepitError);
  expect(new other.DtypeError('x', { dtype: '>f4' })).not.toBeInstanceOf(NotSyncedError);
});

test('a subclass of a user goes by its prototype and keeps the code', () => {
  class Mine extends NotSyncedError {}
  expect(new Mine('x')).toBeInstanceOf(Mine);
  expect(new Mine('x')).toBeInstanceOf(NotSyncedError);
  expect(new NotSyncedError('x')).not.toBeInstanceOf(Mine);
  expect(new Mine('x')).toMatchObject({ code: 'ERR_NOT_SYNCED', name: 'Mine' });
});

test('keeps the cause, and has none unless given', () => {
  const cause = new Error('first');
  expect(new CopyRequiredError('x', { reason: 'strides', cause })).toMatchObject({
    reason: 'strides',
    cause,
  });
  expect(Object.hasOwn(new NotSyncedError('x'), 'cause')).toBe(false);
});

test('prints its code and fields', () => {
  const text = inspect(new DtypeError('no such type', { dtype: 'float128' }));
  expect(text).toContain('DtypeError: no such type');
  expect(text).toContain("code: 'ERR_DTYPE'");
  expect(text).toContain("dtype: 'float128'");
});
