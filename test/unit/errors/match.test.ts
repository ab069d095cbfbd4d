import { expect, test } from 'vitest';

import { match } from '../../../src/errors/match.ts';
import { errors } from '../../../src/errors/python-errors.ts';

const handlers = {
  'torch.OutOfMemoryError': () => 'torch',
  KeyError: () => 'key',
  LookupError: () => 'lookup',
};

test('the first key in written order whose class matches', () => {
  expect(match(new errors.KeyError('x'), handlers)).toBe('key');
  expect(match(new errors.IndexError('x'), handlers)).toBe('lookup');
  expect(match(new errors.KeyError('x'), { LookupError: () => 1, KeyError: () => 2 })).toBe(1);
  expect(match(new (errors.get('torch.OutOfMemoryError'))('x'), handlers)).toBe('torch');
  expect(match(new errors.OSError('x'), { IOError: () => 1 })).toBe(1);
  expect(match(new errors.OSError('x'), { 'builtins.OSError': (e) => e.type })).toBe('OSError');
});

test('_ answers what nothing matched, wherever it stands', () => {
  const table = { _: (e: unknown) => e, KeyError: () => 'key' };
  expect(match(new errors.KeyError('x'), table)).toBe('key');
  expect(match('a text', table)).toBe('a text');
  expect(match(undefined, table)).toBeUndefined();
});

test('none and no _ throws the very same again', () => {
  const error = new errors.OSError('x');
  expect(() => match(error, handlers)).toThrow(error);
  expect(() => match(new TypeError('js'), { TypeError: () => 1 })).toThrow('js');
});

test('no table is an error that keeps what was to be matched', () => {
  const error = new Error('lost?');
  for (const table of [undefined, null, () => 1]) {
    let thrown: unknown;
    try {
      match(error, table as never);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(thrown).toMatchObject({ cause: error });
  }
});

test.each([
  [{ ValueError: 5 }, /ValueError. needs a function/],
  [{ _: 'x' }, /_. needs a function/],
  [{ 'a b': () => 1 }, /a b. is no exception's name/],
  [{ '': () => 1 }, /is no exception's name/],
  [[() => 1, 2], /1. needs a function/],
])('%o is refused, matching or not', (table, message) => {
  const error = new errors.KeyError('x');
  expect(() => match(error, table as never)).toThrow(message);
  expect(() => match(error, table as never)).toThrow(TypeError);
});
