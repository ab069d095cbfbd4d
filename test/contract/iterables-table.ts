import { expect } from 'vitest';

import type { CallbackRow } from './callbacks-table.ts';

/** Object literals that iterate: their members are no data, so they are no dicts. */
export const iterables: readonly CallbackRow[] = [
  {
    name: 'a literal with Symbol.iterator alone is iterated over',
    run(face) {
      const { list, isinstance, dict } = face.import('builtins');
      const source = {
        *[Symbol.iterator]() {
          yield 1;
          yield 2;
        },
      };
      expect(list(source).$toJS()).toEqual([1, 2]);
      expect(isinstance(source, dict)).toBe(false);
      expect(list([source])[0]).toBe(source);
    },
  },
  {
    name: 'a literal with Symbol.asyncIterator alone is an async iterable, inside data too',
    run(face) {
      const { hasattr, isinstance, dict, list } = face.import('builtins');
      const source = {
        async *[Symbol.asyncIterator]() {
          await Promise.resolve();
          yield 1;
        },
      };
      expect(isinstance(source, dict)).toBe(false);
      expect(hasattr(source, '__aiter__')).toBe(true);
      expect(list([{ a: source }])[0].$at('a')).toBe(source);
    },
  },
  {
    name: 'a literal with both is an iterable; one with neither is a dict',
    run(face) {
      const { list, repr } = face.import('builtins');
      const both = {
        *[Symbol.iterator]() {
          yield 'sync';
        },
        async *[Symbol.asyncIterator]() {
          await Promise.resolve();
          yield 'async';
        },
      };
      expect(list(both).$toJS()).toEqual(['sync']);
      expect(repr({ [Symbol.toStringTag]: 'x', a: 1 })).toBe("{'a': 1}");
    },
  },
];
