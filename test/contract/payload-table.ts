import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { failure } from './support/inline.ts';

/** Opened for test/fixtures/project, whose helper packs these are. */
export interface PayloadFace {
  import(name: string): any;
  execute(payload: any): Promise<any>;
}

export interface PayloadRow {
  readonly name: string;
  run(face: PayloadFace): Promise<void>;
}

type Payload = Readonly<Record<string, unknown>>;

const plain: readonly (readonly [name: string, payload: Payload, is: unknown])[] = [
  ['a function', { call_type: 'function', module: 'math', method: 'sqrt', args: [16] }, 4],
  [
    'a dotted name and keywords',
    {
      payload_version: 1,
      call_type: 'function',
      module: 'numpy',
      method: 'linalg.norm',
      args: [[3, 4]],
      kwargs: { ord: 1 },
      idempotent: true,
    },
    7,
  ],
  [
    'unknown fields are ignored',
    { call_type: 'function', module: 'math', method: 'floor', args: [1.5], colour: 'red' },
    1,
  ],
  [
    'a helper',
    {
      call_type: 'helper',
      module: 'stats',
      method: 'spread',
      args: [[1, 3]],
      kwargs: { scale: 2 },
    },
    2,
  ],
  [
    'a block that is an expression',
    { call_type: 'block', method: 'a + b', kwargs: { a: 1, b: 2 } },
    3,
  ],
  [
    'a block of statements',
    {
      call_type: 'block',
      method: '\n  total = sum(xs)\n  return total * 2\n',
      kwargs: { xs: [1, 2] },
    },
    6,
  ],
  ['a block without names', { call_type: 'block', method: '1 + 1' }, 2],
  [
    'data, where a value is wanted',
    {
      call_type: 'construct',
      module: 'builtins',
      method: 'dict',
      kwargs: { a: [1] },
      want: 'value',
    },
    { a: [1] },
  ],
];

const refused: readonly (readonly [name: string, payload: unknown, message: RegExp])[] = [
  ['nothing', undefined, /^payload: expected an object/],
  ['no call_type', {}, /^payload\.call_type: expected 'function'/],
  ['no method', { call_type: 'function', module: 'math' }, /^payload\.method: is required/],
  ['no ref', { call_type: 'iter' }, /^payload\.ref: is required/],
  ['a ref that is none', { call_type: 'iter', ref: 'x' }, /^payload\.ref: is no handle/],
  [
    'a ref that is none among the arguments',
    { call_type: 'function', module: 'builtins', method: 'len', args: [[{ $ref: 'x' }]] },
    /^payload\.args\[0\]\[0\]: is no handle/,
  ],
  [
    'another version',
    { payload_version: 2, call_type: 'function', module: 'math', method: 'sqrt' },
    /^payload\.payload_version: is 2/,
  ],
  [
    'a field that must be understood',
    { call_type: 'block', method: '1', must_understand: ['colour'] },
    /^payload\.colour: must be understood/,
  ],
];

/** `execute`: calls as data. */
export const payloadTable: readonly PayloadRow[] = [
  ...plain.map(([name, payload, is]) => ({
    name: `execute: ${name}`,
    async run(face: PayloadFace) {
      expect(await face.execute(payload)).toEqual(is);
    },
  })),
  ...refused.map(([name, payload, message]) => ({
    name: `execute: refuses ${name}, by the field's name`,
    async run(face: PayloadFace) {
      const error: unknown = await face.execute(payload).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(message);
    },
  })),
  {
    name: 'execute: objects are handles, and handles are targets and arguments',
    async run(face) {
      const list = await face.execute({
        call_type: 'construct',
        module: 'builtins',
        method: 'list',
        args: [[3, 1, 2]],
      });
      const ref: unknown = list.$ref;
      await face.execute({ call_type: 'method', ref, method: 'sort', kwargs: { reverse: true } });
      expect(await list.$toJS()).toEqual([3, 2, 1]);
      const call = { call_type: 'function', module: 'builtins' };
      expect(await face.execute({ ...call, method: 'sum', args: [{ $ref: ref }] })).toBe(6);
      const nested = [{ a: { $ref: ref } }];
      expect(await face.execute({ ...call, method: 'repr', args: [nested] })).toBe(
        "[{'a': [3, 2, 1]}]",
      );
      expect(
        await face.execute({ call_type: 'block', method: 'x[0]', kwargs: { x: { $ref: ref } } }),
      ).toBe(3);
    },
  },
  {
    name: 'execute: items, with several keys and slices of arrays',
    async run(face) {
      const array = await face.import('numpy').arange(6).reshape([2, 3]);
      const ref: unknown = array.$ref;
      expect(await face.execute({ call_type: 'get_item', ref, args: [1, 2] })).toBe(5);
      await face.execute({ call_type: 'set_item', ref, args: [':, 0', 9] });
      expect(await array.sum()).toBe(30);
      const table = await face.import('builtins').dict([['a', 1]]);
      await face.execute({ call_type: 'del_item', ref: table.$ref, args: ['a'] });
      expect(await table.$toJS()).toEqual({});
    },
  },
  {
    name: 'execute: attributes',
    async run(face) {
      const space = await face.import('types').SimpleNamespace();
      const ref: unknown = space.$ref;
      await face.execute({ call_type: 'set_attr', ref, method: 'x', args: [5] });
      expect(await face.execute({ call_type: 'get_attr', ref, method: 'x' })).toBe(5);
      expect(await face.execute({ call_type: 'get_attr', ref, method: 'x.real.imag' })).toBe(0);
      await face.execute({ call_type: 'del_attr', ref, method: 'x' });
      const error = await failure(() => face.execute({ call_type: 'get_attr', ref, method: 'x' }));
      expect(error).toBeInstanceOf(errors.AttributeError);
    },
  },
  {
    name: 'execute: a handle where one is wanted, of a value too',
    async run(face) {
      const call = { call_type: 'function', module: 'builtins', method: 'int', want: 'ref' };
      const seven = await face.execute({ ...call, args: ['111'], kwargs: { base: 2 } });
      expect(
        await face.execute({ call_type: 'method', ref: seven.$ref, method: 'bit_length' }),
      ).toBe(3);
    },
  },
  {
    name: 'execute: iteration ends with StopIteration',
    async run(face) {
      const range = await face.import('builtins').range(2);
      const iterator = await face.execute({ call_type: 'iter', ref: range.$ref });
      const next = { call_type: 'next', ref: iterator.$ref };
      expect([await face.execute(next), await face.execute(next)]).toEqual([0, 1]);
      expect(await failure(() => face.execute(next))).toBeInstanceOf(errors.StopIteration);
    },
  },
  {
    name: 'execute: a stream is an async iterable',
    async run(face) {
      const range = await face.import('builtins').range(5);
      const seen: unknown[] = [];
      for await (const one of await face.execute({ call_type: 'stream', ref: range.$ref })) {
        seen.push(one);
        if (seen.length === 3) break;
      }
      expect(seen).toEqual([0, 1, 2]);
    },
  },
  {
    name: 'execute: enters and leaves',
    async run(face) {
      const manager = await face.import('contextlib').nullcontext(7);
      expect(await face.execute({ call_type: 'enter', ref: manager.$ref })).toBe(7);
      expect(await face.execute({ call_type: 'exit', ref: manager.$ref })).toBe(false);
    },
  },
  {
    name: 'execute: describes an object as data',
    async run(face) {
      const array = await face.import('numpy').zeros([2, 3]);
      expect(await face.execute({ call_type: 'describe', ref: array.$ref })).toMatchObject({
        type: 'numpy.ndarray',
        text: expect.stringContaining('(2, 3)'),
      });
    },
  },
  {
    name: 'execute: rejects with the exception of the call',
    async run(face) {
      const call = { call_type: 'function', module: 'math', method: 'sqrt', args: [-1] };
      expect(await failure(() => face.execute(call))).toBeInstanceOf(errors.ValueError);
      const missing = { call_type: 'function', module: 'no_such_module', method: 'f' };
      expect(await failure(() => face.execute(missing))).toBeInstanceOf(errors.ModuleNotFoundError);
      const block = { call_type: 'block', method: 'x = = 1' };
      expect((await failure(() => face.execute(block))).message).toMatch(/^invalid syntax/);
    },
  },
];
