import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { arrays, BOTH, contextOf } from './error-context-table.ts';
import { MESSAGES } from './error-messages.ts';
import { define } from './errors-table.ts';
import type { Row } from './table.ts';

/** Messages that the libraries write, where no object is at hand. */
const messages: readonly Row[] = MESSAGES.map(([type, message, expected]) => ({
  name: `context: by message: ${message.slice(0, 70)}`,
  async run(face) {
    const [, module = '', name = ''] = /^(?:(.*)\.)?(\w+)$/.exec(type) ?? [];
    const base = name === 'OutOfMemoryError' ? 'RuntimeError' : 'ValueError';
    const made = module === '' ? name : `type("${name}", (${base},), {"__module__": "${module}"})`;
    const fail = await define(face, `def fail(text):\n  raise ${made}(text)\n`);
    const context = await contextOf(() => fail(message));
    expect(context).toEqual(expected === null ? null : { source: 'message', ...expected });
  },
}));

const rules: readonly Row[] = [
  {
    name: 'errors.rule adds what a user knows, until it is disposed of',
    async run(face) {
      const { a, b } = await arrays(face);
      const fail = await define(
        face,
        'class Fault(ValueError): pass\n' +
          'def fail(x, y):\n  if x is None: raise Fault("bad block 17 of (2, 3): red")\n  return x @ y\n',
      );
      const type = '__main__.Fault';
      const first = errors.rule(type, /block (?<block>\d+) of (?<shape_block>\(.*\)): (?<hue>\w+)/);
      const second = errors.rule('ValueError', (error) => ({
        length: error.message.length,
        source: 'nowhere',
      }));
      const known = { block: 17, shape_block: [2, 3], hue: 'red', length: 27 };
      expect(await contextOf(() => fail(null, null))).toEqual({ source: 'message', ...known });
      const added = await contextOf(() => fail(a, b));
      expect(added).toMatchObject({ ...BOTH, length: expect.any(Number) });
      second[Symbol.dispose]();
      expect(await contextOf(() => fail(null, null))).not.toHaveProperty('length');
      first[Symbol.dispose]();
      expect(await contextOf(() => fail(null, null))).toBeNull();
    },
  },
  {
    name: 'a rule that throws makes no second error, and says so',
    async run(face) {
      const fail = await define(face, 'def fail():\n  raise LookupError("no")\n');
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      const rule = errors.rule('LookupError', () => {
        throw new Error('broken rule');
      });
      try {
        expect(await contextOf(() => fail())).toBeNull();
        expect((await warned).message).toMatch(/broken rule/);
      } finally {
        rule[Symbol.dispose]();
      }
    },
  },
];

export const errorRulesTable: readonly Row[] = [...messages, ...rules];
