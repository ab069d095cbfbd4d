import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';

import { expect, test, vi } from 'vitest';

import { isKw, KW, kw } from '../../../src/contract/kw.ts';

test('keeps the keywords and nothing that is undefined', () => {
  expect(kw({ ord: 2, axis: undefined, keepdims: null }).values).toEqual({
    ord: 2,
    keepdims: null,
  });
  expect(Object.keys(kw({ axis: undefined }).values)).toEqual([]);
});

test('is frozen, and a copy: later writes to the object change no call', () => {
  const given = { ord: 2 };
  const made = kw(given);
  given.ord = 3;
  expect(made.values).toEqual({ ord: 2 });
  expect(Object.isFrozen(made)).toBe(true);
  expect(Object.isFrozen(made.values)).toBe(true);
});

test('never guesses', () => {
  for (const value of [{}, { values: {} }, null, undefined, 1, [], new Map(), () => 0]) {
    expect(isKw(value)).toBe(false);
  }
  expect(isKw(kw({}))).toBe(true);
});

test('is known by another copy of the package', async () => {
  vi.resetModules();
  const other = await import('../../../src/contract/kw.ts');
  expect(other.kw).not.toBe(kw);
  expect(other.isKw(kw({ a: 1 }))).toBe(true);
  expect(isKw(other.kw({ a: 1 }))).toBe(true);
  expect(KW).toBe(Symbol.for('snakepit.kw'));
});

test('takes "__proto__" as any other keyword', () => {
  const values = kw(JSON.parse('{"__proto__": 1, "constructor": 2}') as object).values;
  expect(Object.entries(values)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
  expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
});

test('takes objects without a prototype and of another realm', () => {
  expect(kw(Object.assign(Object.create(null) as object, { a: 1 })).values).toEqual({ a: 1 });
  expect({ ...kw(runInNewContext('({ a: 1 })') as object).values }).toEqual({ a: 1 });
});

test('kw of kw is the same keywords', () => {
  const made = kw({ a: 1 });
  expect(kw(made)).toBe(made);
});

test.each([
  ['a map', new Map([['a', 1]]), 'a Map'],
  ['an array', [1], 'an array'],
  ['null', null, 'null'],
  ['a text', 'a', 'string'],
  ['a function', () => 0, 'function'],
])('refuses %s and says what it takes', (_, value, named) => {
  expect(() => kw(value as never)).toThrow(
    new TypeError(
      `kw() takes a plain object of keyword arguments, got ${named}; write kw({ name: value })`,
    ),
  );
});

test('refuses a symbol as a keyword', () => {
  expect(() => kw({ [Symbol('a')]: 1 })).toThrow(/Symbol\(a\) as a keyword/);
});

test('prints as what it is', () => {
  expect(inspect(kw({ ord: 2 }))).toBe('Kw { values: { ord: 2 } }');
});
