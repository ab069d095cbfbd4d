import { expect } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import { failure, type RemoteRow } from './support/remote.ts';

/** What the bridge adds to a handle, and questions of the face. */
export const remoteMembersTable: readonly RemoteRow[] = [
  {
    name: 'items, slices, attributes by name',
    async run(face) {
      const list = await face.builtins.list([10, 20, 30]);
      expect(await list[0]).toBe(10);
      expect(await list[-1]).toBe(30);
      expect(await list[9]).toBeUndefined();
      expect(await list.$at(1)).toBe(20);
      expect(await failure(() => list.$at(9))).toBeInstanceOf(errors.IndexError);
      await list.$put(0, 11);
      await list.$del(1);
      expect(await list.$toJS()).toEqual([11, 30]);
      expect(await list.$attr('__len__')()).toBe(2);
      const dict = await face.builtins.dict({ '1:3': 'key' });
      expect(await dict.$at('1:3')).toBe('key');
    },
  },
  {
    name: '$toJS gives data, and handles where it was told to',
    async run(face) {
      const made = face.exec(
        'import fractions\nx = {"a": [1, (2, None)], "b": {True}, "f": fractions}',
        { out: ['x'] },
      );
      const { x } = await made;
      const data = await x.$toJS({ fallback: 'proxy' });
      expect(data.a).toEqual([1, [2, null]]);
      expect(data.b).toEqual(new Set([true]));
      expect(await data.f.Fraction(1, 2).denominator).toBe(2);
      const error = await failure(() => x.$toJS());
      expect(error.code).toBe('ERR_CONVERSION');
      expect(error.message).toContain('f');
    },
  },
  {
    name: '$call has options, and keywords in their place',
    async run(face) {
      const { builtins } = face;
      expect(await builtins.int.$call(['ff'], { base: 16 }, { idempotent: true })).toBe(255);
      expect(() => builtins.int.$call(['ff'], {}, { idempotant: true })).toThrow('idempotant');
    },
  },
  {
    name: 'attributes can be set and deleted',
    async run(face) {
      const types = face.import('types');
      const space = await types.SimpleNamespace(kw({ a: 1 }));
      space.b = [1, 2];
      expect(await space.b.$toJS()).toEqual([1, 2]);
      delete space.a;
      expect(await failure(() => space.a)).toBeInstanceOf(errors.AttributeError);
    },
  },
  {
    name: 'what uses an object comes after what was assigned to it',
    async run(face) {
      const { slow, shared } = await face.exec(
        `
import time
import types

class Slow:
    def __setattr__(self, name, value):
        time.sleep(0.02)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        time.sleep(0.02)
        super().__delattr__(name)

slow = Slow()
shared = types.SimpleNamespace(inner=slow)`,
        { out: ['slow', 'shared'] },
      );
      slow.x = 1;
      await Promise.resolve();
      await new Promise(setImmediate);
      expect(await slow.x).toBe(1);
      shared.inner.x = 2;
      await new Promise(setImmediate);
      expect(await shared.inner.x).toBe(2);
      slow.y = 3;
      slow.y = 4;
      await new Promise(setImmediate);
      expect(await face.getattr(slow, 'y')).toBe(4);
      delete slow.y;
      await new Promise(setImmediate);
      expect(await face.options({ timeout: 5000 }).import('builtins').hasattr(slow, 'y')).toBe(
        false,
      );
    },
  },
  {
    name: 'the same object has the same handle',
    async run(face) {
      const { x, y } = await face.exec('x = [1]\ny = x', { out: ['x', 'y'] });
      expect(x.$ref).toBe(y.$ref);
      y.$dispose();
      expect(await x.count(1)).toBe(1);
    },
  },
  {
    name: 'questions',
    async run(face) {
      const { builtins } = face;
      const list = await builtins.list([1, 2]);
      expect(await face.isinstance(list, builtins.list)).toBe(true);
      expect(await face.is(list, list)).toBe(true);
      expect(await face.equal(list, [1, 2])).toBe(true);
      expect(await face.bool(builtins.list([]))).toBe(false);
      expect(await face.len(list)).toBe(2);
      expect(await face.contains(list, 2)).toBe(true);
      expect(await face.callable(builtins.len)).toBe(true);
      expect(await face.getattr(list, 'nothing', 5)).toBe(5);
      expect(await face.help(builtins.len)).toContain('len');
    },
  },
  {
    name: 'values of Python’s own',
    async run(face) {
      expect(await face.builtins.type(face.tuple(1, 2)).__name__).toBe('tuple');
      expect(await face.builtins.type(face.float(3)).__name__).toBe('float');
      const tail = face.builtins.list([1, 2, 3]).$at(face.slice(1));
      expect(await tail.$toJS()).toEqual([2, 3]);
      expect(await face.is(face.ellipsis, face.builtins.Ellipsis)).toBe(true);
    },
  },
];
