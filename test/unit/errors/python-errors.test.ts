import assert from 'node:assert';
import { inspect, types } from 'node:util';

import { describe, expect, test, vi } from 'vitest';

import { errors, originOf, PythonError } from '../../../src/errors/python-errors.ts';
import { errorFromRecord } from '../../../src/errors/from-python.ts';

describe('classes', () => {
  test('one for a qualified name, for ever, before the type was seen', () => {
    const early = errors.get('torch.OutOfMemoryError');
    expect(errors.get('torch.OutOfMemoryError')).toBe(early);
    expect(early.name).toBe('OutOfMemoryError');
    const mro = ['torch.OutOfMemoryError', 'RuntimeError', 'Exception', 'BaseException', 'object'];
    const error = errorFromRecord({ type: 'OutOfMemoryError', module: 'torch', mro });
    expect(error.constructor).toBe(early);
    expect(error).toBeInstanceOf(early);
    expect(error).toBeInstanceOf(errors.RuntimeError);
    expect(error).not.toBeInstanceOf(errors.ValueError);
  });

  test('builtins go with or without their module, and by their second names', () => {
    expect(errors.get('ValueError')).toBe(errors.ValueError);
    expect(errors.get('builtins.ValueError')).toBe(errors.ValueError);
    expect(errors.IOError).toBe(errors.OSError);
    expect(errors.get('EnvironmentError')).toBe(errors.OSError);
    expect(errors.BaseException).toBe(PythonError);
    expect(errors.ValueError.qualifiedName).toBe('builtins.ValueError');
  });

  test('several bases', () => {
    const error = errorFromRecord({
      type: 'Both',
      module: 'm',
      mro: ['m.Both', 'm.Left', 'KeyError', 'LookupError', 'm.Right', 'OSError', 'Exception'],
    });
    for (const name of ['m.Both', 'm.Left', 'KeyError', 'LookupError', 'm.Right', 'OSError']) {
      expect(error instanceof errors.get(name)).toBe(true);
    }
    expect(error).not.toBeInstanceOf(errors.get('m.Other'));
    const group = new errors.ExceptionGroup('x');
    expect(group).toBeInstanceOf(errors.BaseExceptionGroup);
    expect(group).toBeInstanceOf(errors.Exception);
  });

  test('the JS prototypes follow the MRO once it is known', () => {
    const mro = ['p.Child', 'p.Parent', 'builtins.ValueError', 'builtins.Exception'];
    const error = errorFromRecord({ type: 'Child', module: 'p', mro });
    expect(Object.getPrototypeOf(error.constructor)).toBe(errors.get('p.Parent'));
    expect(Object.getPrototypeOf(errors.KeyError)).toBe(errors.LookupError);
  });

  test('a guess does not stand in the way of the truth', () => {
    const guessed = errorFromRecord({ type: 'Late', module: 'q' });
    expect(guessed).toBeInstanceOf(errors.Exception);
    const mro = ['q.Late', 'KeyError', 'LookupError', 'Exception', 'BaseException'];
    const error = errorFromRecord({ type: 'Late', module: 'q', mro });
    expect(error.constructor).toBe(guessed.constructor);
    expect(Object.getPrototypeOf(error.constructor)).toBe(errors.KeyError);
    expect(new (errors.get('q.Late'))('x')).toBeInstanceOf(errors.LookupError);
  });

  test("Python's errors are not JavaScript's", () => {
    expect(new errors.TypeError('x')).toBeInstanceOf(Error);
    expect(new errors.TypeError('x')).not.toBeInstanceOf(TypeError);
    expect(new TypeError('x')).not.toBeInstanceOf(errors.TypeError);
    for (const value of [null, 1, 'x', {}, new Error('x'), errors.ValueError.prototype.name]) {
      expect(value instanceof PythonError).toBe(false);
    }
  });

  test('may be subclassed by users', () => {
    class Mine extends errors.ValueError {}
    const error = new Mine('x');
    expect(error).toBeInstanceOf(Mine);
    expect(error).toBeInstanceOf(errors.ValueError);
    expect(error).toBeInstanceOf(errors.Exception);
    expect(new errors.ValueError('x')).not.toBeInstanceOf(Mine);
  });

  test('names that are none are refused', () => {
    for (const name of ['', '.x', 'x.', 'a b', 7, undefined]) {
      expect(() => errors.get(name as string)).toThrow(/qualified name/);
    }
  });

  test('odd names are names', () => {
    for (const name of ['__main__.f.<locals>.Gone', 'm.__proto__', 'm.constructor', 'm.Ünder']) {
      const error = new (errors.get(name))('x');
      expect(error.name).toBe(name.slice(name.lastIndexOf('.') + 1));
      expect(error).toBeInstanceOf(errors.get(name));
    }
  });

  test('two copies of the package agree', async () => {
    vi.resetModules();
    const other = await import('../../../src/errors/python-errors.ts');
    expect(other.errors.ValueError).not.toBe(errors.ValueError);
    expect(new other.errors.UnicodeError('x')).toBeInstanceOf(errors.ValueError);
    expect(new errors.UnicodeError('x')).not.toBeInstanceOf(other.errors.KeyError);
    const { match } = await import('../../../src/errors/match.ts');
    expect(match(new errors.KeyError('x'), { LookupError: () => 1 })).toBe(1);
  });
});

describe('made by hand', () => {
  test('is native, and survives structuredClone and a serialiser', () => {
    const error = new errors.ValueError('bad');
    expect(types.isNativeError(error)).toBe(true);
    expect(Object.prototype.toString.call(error)).toBe('[object Error]');
    const copy = structuredClone(error);
    expect(copy).toBeInstanceOf(Error);
    expect(copy.message).toBe('bad');
    expect(Object.keys(error)).toEqual([]);
  });

  test('groups are aggregates, and have what all have', () => {
    const group = new errors.ExceptionGroup('g');
    expect(group).toBeInstanceOf(AggregateError);
    expect(group).toBeInstanceOf(PythonError);
    expect(new errors.ValueError('x')).not.toBeInstanceOf(AggregateError);
    expect(group.type).toBe('ExceptionGroup');
    expect(group.stack).toMatch(/^ExceptionGroup: g\n {4}at /);
  });

  test('has the fields of its class', () => {
    const error = new errors.ValueError('bad', { cause: 7 });
    expect(error).toMatchObject({
      name: 'ValueError',
      type: 'ValueError',
      module: 'builtins',
      message: 'bad',
      args: ['bad'],
      notes: [],
      frames: [],
      context: null,
      cause: 7,
    });
    expect(error.mro).toEqual([
      'builtins.ValueError',
      'builtins.Exception',
      'builtins.BaseException',
      'builtins.object',
    ]);
    expect(error.stack.split('\n')[1]).toContain('python-errors.test.ts');
    expect(new errors.ValueError().args).toEqual([]);
    expect(new PythonError('x')).toMatchObject({ name: 'BaseException', type: 'BaseException' });
    expect(originOf(error)).toBeUndefined();
    expect(originOf(null)).toBeUndefined();
  });

  test('inspectors may look at the prototypes', () => {
    expect(inspect(errors.ValueError.prototype)).toContain('ValueError');
    expect(errors.ValueError.prototype.frames).toEqual([]);
    expect(inspect(errors)).toContain('SnakepitError');
    expect(errors.ValueError.prototype instanceof errors.KeyError).toBe(false);
  });

  test('works with assert', () => {
    const fail = (): never => {
      throw new errors.KeyError("'x'");
    };
    assert.throws(fail, { name: 'KeyError', type: 'KeyError', message: "'x'" });
    assert.throws(fail, errors.LookupError);
  });
});
