import { expect, test } from 'vitest';

import { op } from '../../src/runtime/operators.ts';
import { py } from './open.ts';

test('op has Python’s operators, by their names', () => {
  const np = py.import('numpy');
  const a = np.arange(4).reshape([2, 2]);
  expect(op.matmul(a, a).tolist().$toJS()).toEqual([
    [2, 3],
    [6, 11],
  ]);
  expect(op.add([1], [2]).$toJS()).toEqual([1, 2]);
  expect(op.and(6, 3)).toBe(2);
  expect(op.or(6, 3)).toBe(7);
  expect(op.not(0)).toBe(true);
  expect(op.is(a, a)).toBe(true);
  expect(op.pow(2, 100)).toBe(2n ** 100n);
  const list = py.builtins.list([1]);
  expect(op.iadd(list, [2])).toBe(list);
  expect(list.$toJS()).toEqual([1, 2]);
  expect(() => op.truediv(1, 0)).toThrow(/division by zero/);
  expect(op.add.name).toBe('add');
});

test('what op holds outlives the scope that used it first', () => {
  expect(py.scope(() => op.floordiv(7, 2))).toBe(3);
  expect(op.floordiv(9, 2)).toBe(4);
});
