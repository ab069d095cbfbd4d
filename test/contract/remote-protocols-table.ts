import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { type Face, failure, type RemoteRow } from './support/remote.ts';

/** Iteration, context managers, scopes. */
export const remoteProtocolsTable: readonly RemoteRow[] = [
  {
    name: 'iterates, in order and to the end',
    async run(face) {
      const seen: unknown[] = [];
      for await (const item of face.builtins.range(200)) seen.push(item);
      expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
    },
  },
  {
    name: 'items that are objects are handles; undefined and null do not end it',
    async run(face) {
      const seen: unknown[] = [];
      for await (const item of face.builtins.iter([null, [1], null])) {
        seen.push(item === null ? null : await item.$toJS());
      }
      expect(seen).toEqual([null, [1], null]);
    },
  },
  {
    name: 'a generator takes values, and its return value is the last',
    async run(face) {
      const { echo } = await face.exec(
        'def echo():\n    got = yield "first"\n    got = yield got\n    return "end"',
        { out: ['echo'] },
      );
      const steps = echo()[Symbol.asyncIterator]();
      expect(await steps.next()).toEqual({ done: false, value: 'first' });
      expect(await steps.next('sent')).toEqual({ done: false, value: 'sent' });
      expect(await steps.next('x')).toEqual({ done: true, value: 'end' });
      expect(await steps.next()).toEqual({ done: true, value: undefined });
    },
  },
  {
    name: 'leaving early runs finally before it goes on',
    async run(face) {
      const { log, make } = await face.exec(
        'log = []\ndef make():\n    try:\n        n = 0\n        while True:\n            n += 1\n            yield n\n    finally:\n        log.append("closed")',
        { out: ['log', 'make'] },
      );
      for await (const item of make()) if (item === 3) break;
      expect(await log.$toJS()).toEqual(['closed']);
    },
  },
  {
    name: 'an exception midway comes after the items before it',
    async run(face) {
      const { make } = await face.exec('def make():\n    yield 1\n    yield 2\n    1 / 0', {
        out: ['make'],
      });
      const seen: unknown[] = [];
      const error = await failure(async () => {
        for await (const item of make()) seen.push(item);
      });
      expect(seen).toEqual([1, 2]);
      expect(error).toBeInstanceOf(errors.ZeroDivisionError);
    },
  },
  {
    name: 'with enters and leaves, also by an error',
    async run(face) {
      const { Manager } = await face.exec(
        'class Manager:\n    def __init__(self): self.log = []\n    def __enter__(self):\n        self.log.append("in")\n        return 5\n    def __exit__(self, kind, error, trace):\n        self.log.append(kind is not None)\n        return False',
        { out: ['Manager'] },
      );
      const manager = await Manager();
      expect(await face.with(manager, (value: unknown) => [value, 1])).toEqual([5, 1]);
      const mine = new Error('mine');
      const thrown = await failure(() =>
        face.with(manager, () => {
          throw mine;
        }),
      );
      expect(thrown).toBe(mine);
      expect(await manager.log.$toJS()).toEqual(['in', false, 'in', true]);
    },
  },
  {
    name: 'a scope lets go of what was born inside, but of what it returns',
    async run(face) {
      let inner: Face;
      const kept = await face.scope(async () => {
        inner = await face.builtins.list([1]);
        return await face.builtins.list([2]);
      });
      expect(await kept.count(2)).toBe(1);
      expect((await failure(() => inner.count(1))).code).toBe('ERR_DISPOSED');
    },
  },
];
