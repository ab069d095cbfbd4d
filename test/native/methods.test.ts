import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { idOf } from '../../src/in-process/own.ts';
import type { HandleId } from '../../src/native/binding.ts';
import { loadBinding } from '../../src/native/load.ts';
import { py } from './open.ts';

const binding = loadBinding();
const np = py.import('numpy');

/** Often enough for a name to be known. */
const TIMES = [1, 2, 3, 4, 5];
const times = (run: () => unknown): void => {
  for (let i = 0; i < TIMES.length; i++) run();
};

describe('a method of a type that cannot change', () => {
  const array = np.arange(6).reshape([2, 3]);

  test('costs no handle', () => {
    times(() => {
      expect(array.sum()).toBe(15);
    });
    py.callable(array);
    const before = binding.liveHandles();
    const sum = array.sum;
    times(() => {
      expect(sum()).toBe(15);
    });
    expect(binding.liveHandles()).toBe(before);
    expect(py.callable(sum)).toBe(true);
    expect(binding.liveHandles()).toBe(before + 1);
    expect(sum()).toBe(15);
  });

  test.each(TIMES)('takes arguments in every form (%i)', () => {
    expect(array.sum(0).$toJS()).toEqual(new BigInt64Array([3n, 5n, 7n]));
    expect(array.sum(1, undefined).$toJS()).toEqual(new BigInt64Array([3n, 12n]));
    expect(array.sum(kw({ axis: 0, keepdims: true })).shape.$toJS()).toEqual([1, 3]);
    expect(array.reshape(3, 2).shape.$toJS()).toEqual([3, 2]);
    expect(
      array
        .transpose(1, 0)
        .transpose(...[1, 0])
        .tolist()
        .$toJS(),
    ).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(() => array.reshape(4, 2)).toThrow('cannot reshape');
    expect(() => array.reshape(Symbol('s'))).toThrow(/args\[0\]/);
  });

  test.each(TIMES)('is Python’s bound method for everything else (%i)', () => {
    const { sum } = array;
    expect(py.is(sum.__self__, array)).toBe(true);
    expect(sum.__name__).toBe('sum');
    expect('__self__' in sum).toBe(true);
    expect(sum.$call([0]).tolist().$toJS()).toEqual([3, 5, 7]);
    expect(inspect(sum)).toMatch(/ndarray\.sum|built-in method sum/);
    expect(String(sum)).toMatch(/ndarray\.sum|built-in method sum/);
    expect(Object.keys(sum)).toEqual([]);
    expect(() => {
      sum.x = 1;
    }).toThrow(/attribute 'x'/);
    expect(() => new sum()).toThrow(TypeError);
    expect(py.builtins.list(py.builtins.map(array.item, [0, 5])).$toJS()).toEqual([0, 5]);
  });

  test('may be kept: it holds its object, and survives a scope', () => {
    const kept = py.scope(() => np.arange(4).sum);
    expect(kept()).toBe(6);
    const sums = Array.from({ length: 100 }, (_, i) => np.full(10, i).sum);
    globalThis.gc?.();
    for (let i = 0; i < 1000; i++) np.arange(3);
    expect(sums.map((sum) => sum())).toEqual(sums.map((_, i) => i * 10));
  });

  test('is refused once its object was disposed', () => {
    const gone = np.arange(4);
    const { sum, tolist } = gone;
    expect(tolist.__name__).toBe('tolist');
    gone.$dispose();
    expect(() => gone.shape).toThrow(/disposed/);
    expect(() => sum()).toThrow(/disposed/);
    expect(tolist().$toJS()).toEqual([0, 1, 2, 3]);
    tolist.$dispose();
    expect(() => tolist()).toThrow(/disposed/);
  });

  test('of builtins too', () => {
    const list = py.builtins.list([1]);
    const dict = py.builtins.dict([['a', 1]]);
    for (const i of TIMES) {
      list.append(i);
      expect(dict.get('a')).toBe(1);
      expect(dict.get('b', i)).toBe(i);
    }
    expect(list.$toJS()).toEqual([1, ...TIMES]);
  });
});

describe('what can change is asked for every time', () => {
  const { Plain, Slots, List, Meta, Hook, two, three } = py.exec(
    [
      'class Plain:\n  def f(self): return 1',
      'class Slots:\n  __slots__ = ("g",)\n  def f(self): return 1',
      'class List(list):\n  __slots__ = ()\n  def f(self): return 1',
      'class Type(type):\n  def f(cls): return 1',
      'class Meta(metaclass=Type):\n  __slots__ = ()\n  def f(self): return 1',
      'class Hook(list):\n  __slots__ = ()\n  def __getattribute__(self, name): return lambda: 1',
      'def two(self): return 2\ndef three(): return 3',
    ].join('\n'),
    { out: ['Plain', 'Slots', 'List', 'Meta', 'Hook', 'two', 'three'] },
  );

  test.each(Object.entries({ Plain, Slots, List, Meta }))('%s', (_, type: any) => {
    const object = type();
    times(() => {
      expect(object.f()).toBe(1);
    });
    type.f = two;
    expect(object.f()).toBe(2);
  });

  test('an attribute of one object hides its type’s', () => {
    const object = Plain();
    times(() => object.f());
    object.f = three;
    expect(object.f()).toBe(3);
  });

  test('a hook of the type answers', () => {
    const object = Hook();
    times(() => {
      expect(object.append()).toBe(1);
    });
  });

  test('a type is not its instances', () => {
    times(() => {
      expect(np.ndarray.sum(np.arange(3))).toBe(3);
      expect(py.builtins.str.upper('x')).toBe('X');
      expect(() => np.arange(3).mro).toThrow(/attribute 'mro'/);
    });
  });
});

test('numbers that are no method are refused', () => {
  const array = np.arange(3);
  const id = idOf(array) as HandleId;
  for (const number of [-1, 1e9, NaN, 'x', undefined]) {
    expect(() => binding.callMethodLater(id, number as number)).toThrow();
    expect(() => binding.bindMethod(id, number as number, {})).toThrow();
  }
  expect(py.len(array)).toBe(3);
});
