// Objects of one face of this process's Python on the other one.
import { expect, test } from 'vitest';

import { failure } from '../contract/support/remote.ts';
import { py } from './open.ts';

const face: any = py.async;
const { same } = await face.exec('def same(x, y): return x is y', { out: ['same'] });

test('an object of the synchronous face is itself in a call of py.async, also inside data', async () => {
  const list = py.builtins.list([1, 2]);
  expect(await face.builtins.len(list)).toBe(2);
  expect(await same(list, list)).toBe(true);
  const { at } = await face.exec('def at(data): return data["x"][0]', { out: ['at'] });
  const found = await at({ x: [list] });
  await found.append(3);
  expect(list.$toJS()).toEqual([1, 2, 3]);
});

test('one that is disposed of while the call is on its way lives until it ran', async () => {
  const calls = Array.from({ length: 2000 }, (_none, i) => {
    const list = py.builtins.list([i]);
    const call = face.builtins.sum(list);
    const again = face.builtins.len(list);
    // Three microtasks later both are on their way.
    void Promise.resolve()
      .then(() => undefined)
      .then(() => undefined)
      .then(() => {
        list.$dispose();
      });
    return [call, again];
  });
  const sums = await Promise.all(calls.flat());
  expect(sums).toEqual(calls.flatMap((_none, i) => [i, 1]));
  const gone = py.builtins.list([1]);
  gone.$dispose();
  expect(await failure(() => face.builtins.len(gone))).toMatchObject({ code: 'ERR_DISPOSED' });
});

test('what is lent is let go', async () => {
  const { make, live } = py.exec(
    'import weakref\nclass Thing: pass\nseen = weakref.WeakSet()\n' +
      'def make():\n  t = Thing()\n  seen.add(t)\n  return t\ndef live(): return len(seen)',
    { out: ['make', 'live'] },
  );
  for (let i = 0; i < 50; i++) {
    const thing = make();
    await face.builtins.id(thing);
    thing.$dispose();
  }
  const kept = make();
  await face.builtins.id(kept);
  await face.builtins.id(kept);
  expect(live()).toBe(1);
  expect(kept).toBeDefined();
});

test('a handle of py.async is its object in a synchronous call', async () => {
  const list = await face.builtins.list([1, 2]);
  expect(py.builtins.len(list)).toBe(2);
  py.builtins.list.append(list, 4);
  expect(await list.$toJS()).toEqual([1, 2, 4]);
  const array = await face.import('numpy').arange(3);
  expect(py.fromNumpy(array).address).toBe((await face.fromNumpy(array)).address);
  list.$dispose();
  expect(() => py.builtins.len(list)).toThrow(/disposed/);
  expect(() => py.builtins.len(face.builtins.list([1]))).toThrow(/await it before/);
  expect(() => py.builtins.repr(face.import('math'))).toThrow(/await it before/);
});

test('$async is the same object on the other face', async () => {
  const list = py.builtins.list([3, 1, 2]);
  await list.$async.sort();
  expect(list.$toJS()).toEqual([1, 2, 3]);
  expect(await py.import('math').sqrt.$async(16)).toBe(4);
});

test('data that is too deep is an error, and no full stack', async () => {
  let deep: unknown[] = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(await failure(() => face.builtins.len(deep))).toMatchObject({ code: 'ERR_CONVERSION' });
});
