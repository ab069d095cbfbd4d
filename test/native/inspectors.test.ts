import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import { py } from './open.ts';

const np = py.import('numpy');
const math = py.import('math');
const builtins = py.import('builtins');

describe('what JavaScript asks', () => {
  test('a proxy is no thenable, and probes find nothing', async () => {
    expect(math.then).toBeUndefined();
    expect(await math).toBe(math);
    expect(math.$$typeof).toBeUndefined();
    expect(math.nodeType).toBeUndefined();
    expect(() => math.$nothing).toThrow(/no member/);
  });

  test('in is hasattr, keys are dir()', () => {
    expect('sqrt' in math).toBe(true);
    expect('nope' in math).toBe(false);
    expect(Reflect.ownKeys(math)).toContain('sqrt');
    expect(Reflect.ownKeys(np.arange(3))).toContain('sum');
    expect(Reflect.ownKeys(np.arange(3)).filter((key) => /^(\d|__)/.test(String(key)))).toEqual([]);
    expect(Object.keys(np.arange(3))).toEqual([]);
    expect({ ...math }).toEqual({});
  });

  test('inspecting and comparing touch no element and never throw', () => {
    const { Guard } = py.exec(
      'class Guard(list):\n  def __getitem__(self, i): raise RuntimeError("touched")\n' +
        '  def __iter__(self): raise RuntimeError("touched")',
      { out: ['Guard'] },
    );
    const guard = Guard([1, 2]);
    expect(inspect({ guard }, { showProxy: false })).toContain('Guard');
    expect(() => inspect(guard, { showHidden: true })).not.toThrow();
    expect(() => {
      assert.notDeepEqual(guard, Guard([1]));
    }).not.toThrow();
    expect(inspect(np.zeros([2, 3]))).toBe('<numpy.ndarray shape=(2, 3) dtype=float64>');
  });

  test('an object whose code throws at every turn harms no inspector', () => {
    const { Hostile, Named } = py.exec(
      'class Meta(type):\n  def __getattribute__(cls, name): raise RuntimeError(name)\n' +
        'class Hostile(metaclass=Meta):\n' +
        '  def __getattribute__(self, name): raise RuntimeError(name)\n' +
        '  def __repr__(self): raise SystemExit\n' +
        '  __str__ = __dir__ = __len__ = __iter__ = __getitem__ = __repr__\n' +
        'class Named:\n  @property\n  def name(self): raise ValueError("own")',
      { out: ['Hostile', 'Named'] },
    );
    const hostile = Hostile();
    for (const options of [{}, { showHidden: true }, { showProxy: true }, { depth: 0 }]) {
      expect(inspect({ hostile }, options)).toContain('Hostile');
    }
    expect(hostile.nodeType).toBeUndefined();
    expect(Object.keys(hostile)).toEqual([]);
    expect('x' in hostile).toBe(false);
    assert.notDeepEqual(hostile, {});
    expect(() => {
      expect(hostile).toEqual({ a: 1 });
    }).toThrow(/to deeply equal/);
    // What the type has is Python's, and its error is the user's.
    expect(() => Named().name as unknown).toThrow(errors.ValueError);
    expect(() => hostile.other as unknown).toThrow(errors.RuntimeError);
  });

  test('an array of 4 GB is shown and completed without a look at it', () => {
    // Zeroed pages that nobody touched: reading the elements would be seconds, and 4 GB.
    const before = process.memoryUsage.rss();
    const huge = np.zeros([1024, 1024, 1024], kw({ dtype: 'float32' }));
    expect(inspect(huge)).toBe('<numpy.ndarray shape=(1024, 1024, 1024) dtype=float32>');
    expect(inspect(huge, { showHidden: true, depth: 5, showProxy: true })).toContain('shape=');
    assert.notDeepStrictEqual(huge, np.zeros(1));
    expect(Object.getOwnPropertyNames(huge)).toContain('reshape');
    expect(process.memoryUsage.rss() - before).toBeLessThan(500e6);
    huge.$dispose();
  });

  test('listing keys evaluates no property', () => {
    const { Loud } = py.exec(
      'class Loud:\n  seen = []\n  @property\n  def loud(self): self.seen.append(1)',
      { out: ['Loud'] },
    );
    const loud = Loud();
    expect(Reflect.ownKeys(loud)).toContain('loud');
    expect(Object.keys(loud)).toEqual([]);
    expect(Object.getOwnPropertyNames(loud)).toContain('loud');
    expect(py.len(Loud.seen)).toBe(0);
  });

  test('names with $ are nobody’s to set', () => {
    expect(() => (math.$at = 1)).toThrow(/\$at cannot be set/);
    expect(() => delete math.$at).toThrow(/\$at cannot be set or deleted/);
  });

  test('an exception is an instance of its class in Python', () => {
    expect(() => builtins.int('x')).toThrow(builtins.ValueError);
  });

  test('types work with new and instanceof', () => {
    const fraction = new (py.import('fractions').Fraction)(1, 2);
    expect(fraction instanceof py.import('fractions').Fraction).toBe(true);
    expect(fraction instanceof builtins.dict).toBe(false);
    expect(`${fraction}`).toBe('1/2');
    expect(Number(fraction)).toBe(0.5);
    expect(new builtins.int('7').real).toBe(7);
  });

  test('JSON is that of $toJS', () => {
    expect(JSON.stringify({ x: py.tuple(1, { a: null }) })).toBe('{"x":[1,{"a":null}]}');
  });
});
