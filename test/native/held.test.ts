import { expect, test } from 'vitest';

import { py } from './open.ts';

// A file of its own, because it is about the first use in a process.
test('what the bridge uses itself outlives the scope in which it was first used', () => {
  const list = py.builtins.list([1, 2]);
  const inside = (): unknown[] => [
    py.len(list),
    py.isinstance(list, py.builtins.list),
    py.is(list, list),
    py.exec('y = 1', { out: ['y'] }),
    list.$at(py.slice(0, 1)).$toJS(),
    String(py.tuple(1)),
    py.contains(list, 2),
  ];
  const expected = [2, true, true, { y: 1 }, [1], '(1,)', true];
  expect(py.scope(() => py.scope(inside))).toEqual(expected);
  expect(inside()).toEqual(expected);
});

test('and is taken anew when somebody disposes of its proxy', () => {
  const list = py.builtins.list([1, 2]);
  expect(py.len(list)).toBe(2);
  py.builtins.len.$dispose();
  expect(py.len(list)).toBe(2);
  py.scope(() => {
    py.builtins.len.$dispose();
    return py.len(list);
  });
  expect(py.len(list)).toBe(2);
});
