import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { StepResult } from '../../src/contract/batch.ts';
import { call, evaluate, TestWorker } from './support/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await new TestWorker().ready();
});
afterAll(async () => {
  expect(await worker.end()).toBe(0);
});

/** What Python makes of a value, as text. */
const repr = (value: unknown): Promise<string> => worker.run([call('builtins', 'repr', value)]);
/** A value there and back, inside a list so that nothing is converted on the way. */
const echo = (value: unknown): Promise<any> =>
  worker.run([
    call('builtins', 'list', [value]),
    { op: 'method', target: new StepResult(0), name: 'pop' },
  ]);

describe('values', () => {
  test.each([
    ['null', null],
    ['true', true],
    ['a small integer', 7],
    ['a negative integer', -70000],
    ['2^31', 2 ** 31],
    ['-2^31', -(2 ** 31)],
    ['a safe integer', 9007199254740991],
    ['a negative safe integer', -9007199254740991],
    ['a fraction', 0.1],
    ['minus zero', -0],
    ['infinity', -Infinity],
    ['NaN', Number.NaN],
    ['zero as a bigint', 0n],
    ['a small bigint', -5n],
    ['a bigint', 2n ** 70n],
    ['a long bigint', -(3n ** 5000n)],
    ['text', 'plain'],
    ['NUL, astral and lone surrogates', 'a\u0000é😀\ud800'],
    ['long text beyond Latin-1', 'žluť😀'.repeat(1000)],
    ['long text with lone surrogates', '\udfff😀x'.repeat(1000)],
    ['U+FFFD', '\ufffd'],
  ])('round trip: %s', async (_name, value) => {
    expect(await echo(value)).toBe(value);
  });

  test('numbers are int where they are whole, except -0', async () => {
    expect(await repr([1, 1.5, -0, Number.NaN, 2 ** 53])).toBe(
      '[1, 1.5, -0.0, nan, 9007199254740992.0]',
    );
  });

  test('containers, also with bigints, Dates and typed arrays inside', async () => {
    expect(await repr({ a: [1, undefined], b: new Map([[1, 'x']]), c: new Set([2]) })).toBe(
      "{'a': [1, None], 'b': {1: 'x'}, 'c': {2}}",
    );
    expect(
      await repr({
        a: [{ b: 5n }],
        c: [
          new Set([1n]),
          new Map([
            [true, 1],
            [7, 2n],
          ] as [unknown, unknown][]),
        ],
      }),
    ).toBe("{'a': [{'b': 5}], 'c': [{1}, {True: 1, 7: 2}]}");
    expect(await repr([new Date(1.5e12), new Float32Array([1.5])])).toBe(
      '[datetime.datetime(2017, 7, 14, 2, 40, tzinfo=datetime.timezone.utc), array([1.5], dtype=float32)]',
    );
  });

  test('a cycle stays a cycle, also beside what is no plain data', async () => {
    const list: unknown[] = [1];
    list.push(list);
    expect(await repr(list)).toBe('[1, [...]]');
    const rich: Record<string, unknown> = { a: 5n };
    rich['self'] = [rich, 6n];
    expect(await repr(rich)).toBe("{'a': 5, 'self': [{...}, 6]}");
  });

  test('buffers are writable memory of Python’s own', async () => {
    expect(await repr(new Uint8Array([1, 2]))).toMatch(/^<memory at/);
    const sum = 'lambda b: (b.__setitem__(0, 9), bytes(b))[1]';
    const value = await worker.run([
      evaluate(sum),
      { op: 'call', target: new StepResult(0), args: [new Uint8Array([1, 2])] },
    ]);
    expect(value).toEqual(new Uint8Array([9, 2]));
  });

  test.each([
    ['a symbol', [{ a: [Symbol('s')] }], 'args[0][0].a[0]'],
    ['a function', { f: () => 1 }, 'args[0].f'],
    ['an instance', new AbortController(), 'args[0]'],
    ['a Promise', Promise.resolve(), 'args[0]'],
  ])('%s is refused with its path', async (_name, value, path) => {
    await expect(repr(value)).rejects.toMatchObject({ code: 'ERR_CONVERSION', path });
  });

  test('keys that Python cannot tell apart or hash are refused with their path', async () => {
    const same = new Map<unknown, unknown>([
      [1, 1],
      [1n, 2],
    ]);
    await expect(repr([same])).rejects.toMatchObject({
      code: 'ERR_CONVERSION',
      path: 'args[0][0][1]',
    });
    await expect(repr(new Set([[1]]))).rejects.toMatchObject({ code: 'ERR_CONVERSION' });
  });
});
