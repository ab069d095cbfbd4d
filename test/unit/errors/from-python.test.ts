import { inspect } from 'node:util';

import { describe, expect, test, vi } from 'vitest';

import type { ExceptionRecord, Frame } from '../../../src/contract/exception-record.ts';
import { errorFromRecord } from '../../../src/errors/from-python.ts';
import { errors, originOf, type PythonError } from '../../../src/errors/python-errors.ts';

function frame(name: string, line: number, col = 0): Frame {
  return { file: `${name}.py`, line, col, function: name, code: `${name}()` };
}

const SINGULAR: ExceptionRecord = {
  type: 'LinAlgError',
  module: 'numpy.linalg',
  mro: ['numpy.linalg.LinAlgError', 'builtins.ValueError', 'Exception', 'BaseException', 'object'],
  message: 'Singular matrix',
  args: ['Singular matrix'],
  notes: ['while inverting'],
  frames: [frame('outer', 3, 5), frame('inner', 9)],
  context: { source: 'objects', shape_a: [2, 2] },
  origin: 'handle',
};

test('has every field of the record', () => {
  const error = errorFromRecord(SINGULAR);
  expect(error).toBeInstanceOf(errors.ValueError);
  expect(error).toMatchObject({
    name: 'LinAlgError',
    type: 'LinAlgError',
    module: 'numpy.linalg',
    message: 'Singular matrix',
    args: ['Singular matrix'],
    notes: ['while inverting'],
    frames: SINGULAR.frames,
    context: { source: 'objects', shape_a: [2, 2] },
  });
  expect(error.mro).toEqual([
    'numpy.linalg.LinAlgError',
    'builtins.ValueError',
    'builtins.Exception',
    'builtins.BaseException',
    'builtins.object',
  ]);
  expect(originOf(error)).toBe('handle');
  expect('errors' in error).toBe(false);
  expect('cause' in error).toBe(false);
});

test('a record of a type alone is enough', () => {
  const error = errorFromRecord({ type: 'KeyError' });
  expect(error).toBeInstanceOf(errors.LookupError);
  expect(error).toMatchObject({ type: 'KeyError', module: 'builtins', message: '', args: [] });
  expect(error.stack).toMatch(/^KeyError\n {4}at /);
});

describe('the stack', () => {
  test('is one trace: the message, Python from its innermost frame out, then JavaScript', () => {
    const lines = errorFromRecord(SINGULAR).stack.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'LinAlgError: Singular matrix',
      'while inverting',
      '    at inner (inner.py:9)',
      '    at outer (outer.py:3:5)',
    ]);
    expect(lines[4]).toContain('from-python.test.ts');
  });

  test('reads the frames on demand, once', () => {
    const read = vi.fn(() => [frame('late', 1)]);
    const error = errorFromRecord({ type: 'ValueError', message: 'x', frames: read });
    expect(read).not.toHaveBeenCalled();
    expect(error.stack).toContain('at late (late.py:1)');
    expect(error.frames).toHaveLength(1);
    expect(error.stack).toContain('at late (late.py:1)');
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('begins where the placement says: above a function, or at an earlier call', () => {
    function bridge(): PythonError {
      return errorFromRecord({ type: 'ValueError' }, { above: bridge });
    }
    expect(bridge().stack).not.toContain('bridge');
    const at = new Error('then');
    expect(errorFromRecord({ type: 'ValueError' }, { at }).stack).toBe(
      at.stack?.replace('Error: then', 'ValueError'),
    );
    expect(errorFromRecord({ type: 'ValueError' }, { at: {} }).stack).toBe('ValueError');
  });

  test('may be written, and does not throw when the reader does', () => {
    const error = errorFromRecord(SINGULAR);
    error.stack = 'mine';
    expect(error.stack).toBe('mine');
    const broken = errorFromRecord({
      type: 'ValueError',
      message: 'x',
      frames: () => {
        throw new Error('Python is gone');
      },
    });
    expect(broken.stack).toMatch(/^ValueError: x\n {4}at /);
  });

  test('deep recursion is cut to what tells something', () => {
    const frames = Array.from({ length: 1000 }, (_, i) => frame(`f${String(i)}`, 1));
    const error = errorFromRecord({ type: 'RecursionError', frames });
    expect(error.stack).toContain('at f999 (f999.py:1)');
    expect(error.stack).toContain('900 more Python frames');
    expect(error.stack).not.toContain('f899.py');
    expect(error.frames).toHaveLength(1000);
  });

  test('is what console.log prints, with the cause', () => {
    const text = inspect(
      errorFromRecord({ ...SINGULAR, cause: { type: 'KeyError', message: 'k' } }),
    );
    expect(text).toContain('LinAlgError: Singular matrix');
    expect(text).toContain('at inner (inner.py:9)');
    expect(text).toContain('[cause]: KeyError: k');
    expect(inspect(errorFromRecord(SINGULAR))).not.toContain('[cause]');
  });

  test('survives a program that formats stacks its own way', () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    Error.prepareStackTrace = () => ['not a text'];
    try {
      expect(errorFromRecord({ type: 'ValueError', message: 'x' }).stack).toBe('ValueError: x');
    } finally {
      Object.defineProperty(Error, 'prepareStackTrace', before ?? { value: undefined });
    }
  });
});

describe('chains and groups', () => {
  test('cause is an error with its own class; one of JavaScript stays itself', () => {
    const js = new RangeError('js');
    const error = errorFromRecord({
      type: 'ValueError',
      cause: { type: 'KeyError', message: "'x'", cause: js },
    });
    expect(error.cause).toBeInstanceOf(errors.KeyError);
    expect((error.cause as Error).cause).toBe(js);
    expect(Object.hasOwn(errorFromRecord({ type: 'ValueError', cause: null }), 'cause')).toBe(
      false,
    );
  });

  test('a group has its members in order', () => {
    const js = new Error('js');
    const group = errorFromRecord({
      type: 'ExceptionGroup',
      message: 'two (2 sub-exceptions)',
      errors: [{ type: 'KeyError' }, js, { type: 'ExceptionGroup', errors: [{ type: 'OSError' }] }],
    });
    expect(group.errors).toHaveLength(3);
    expect(group.errors?.[0]).toBeInstanceOf(errors.KeyError);
    expect(group.errors?.[1]).toBe(js);
    expect((group.errors?.[2] as PythonError).errors?.[0]).toBeInstanceOf(errors.OSError);
    expect(inspect(group)).toContain('[errors]');
  });

  test('a circle ends, and one record is one error', () => {
    const first: ExceptionRecord = { type: 'ValueError' };
    const second: ExceptionRecord = { type: 'KeyError', cause: first };
    Object.assign(first, { cause: second });
    const error = errorFromRecord(first);
    expect((error.cause as Error).cause).toBe(error);
  });

  test('an endless chain is cut', () => {
    let record: ExceptionRecord = { type: 'ValueError' };
    for (let i = 0; i < 100_000; i++) record = { type: 'ValueError', cause: record };
    let depth = 0;
    for (let e: unknown = errorFromRecord(record); e instanceof Error; e = e.cause) depth++;
    expect(depth).toBe(101);
  });
});

test('a message is cut at a million characters, never inside one', () => {
  const whole = 'x'.repeat(1_000_000);
  expect(errorFromRecord({ type: 'ValueError', message: whole }).message).toBe(whole);
  const { message } = errorFromRecord({ type: 'ValueError', message: '🐍'.repeat(600_000) });
  expect(message.length).toBeLessThanOrEqual(1_000_000);
  expect(message).toMatch(/🐍… \[cut: 1200000 characters in all\]$/u);
  expect(Buffer.from(message).toString()).toBe(message);
});

test('args and context are read on demand, once', () => {
  const args = vi.fn(() => [1]);
  const context = vi.fn(() => null);
  const error = errorFromRecord({ type: 'ValueError', args, context });
  expect(args).not.toHaveBeenCalled();
  expect([error.args, error.args, error.context, error.context]).toEqual([[1], [1], null, null]);
  expect(args).toHaveBeenCalledTimes(1);
  expect(context).toHaveBeenCalledTimes(1);
});
