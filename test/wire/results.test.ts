import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { RemoteObject, StepResult } from '../../src/contract/batch.ts';
import { errors, type PythonError } from '../../src/errors/python-errors.ts';
import { TensorReply } from '../../src/wire/message.ts';
import { call, evaluate, TestWorker } from './support/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await new TestWorker().ready();
});
afterAll(async () => {
  expect(await worker.end()).toBe(0);
});

describe('results', () => {
  const data = (text: string, kwargs = {}): Promise<unknown> =>
    worker.run([evaluate(text), { op: 'to_js', target: new StepResult(0), kwargs }]);

  test('plain data, as $toJS gives it', async () => {
    expect(await data("{'a': [1, (2, None)], 'b': {'c': 'x'}, 'd': {1: 2}, 'e': {3}}")).toEqual({
      a: [1, [2, null]],
      b: { c: 'x' },
      d: new Map([[1, 2]]),
      e: new Set([3]),
    });
    expect(await data("{'__proto__': 1}")).toEqual(JSON.parse('{"__proto__": 1}'));
  });

  test('sharing and cycles stay', async () => {
    const value = (await data(
      '(lambda a: (a.append(a), {"x": a, "y": a, "z": {1: a}}))([5])[1]',
    )) as any;
    expect(value.x).toBe(value.y);
    expect(value.x[1]).toBe(value.x);
    expect(value.z.get(1)).toBe(value.x);
    const map = (await data('(lambda d: (d.__setitem__(2, d), d)[1])({1: 0})')) as Map<
      unknown,
      unknown
    >;
    expect(map.get(2)).toBe(map);
  });

  test('arrays of NumPy', async () => {
    expect(await data('__import__("numpy").arange(3, dtype="float32")')).toEqual(
      new Float32Array([0, 1, 2]),
    );
    expect(await data('[__import__("numpy").ones((2, 1), "int64")]')).toEqual([
      { data: new BigInt64Array([1n, 1n]), shape: [2, 1], dtype: 'int64' },
    ]);
    const reply = (await worker.run([
      evaluate('__import__("numpy").arange(6).reshape(2, 3).T'),
      { op: 'view', target: new StepResult(0) },
    ])) as TensorReply;
    expect(reply).toBeInstanceOf(TensorReply);
    expect(reply).toMatchObject({ dtype: 'int64', shape: [3, 2] });
    expect([...reply.data]).toEqual([0n, 3n, 1n, 4n, 2n, 5n]);
  });

  test('an array that no class holds is refused', async () => {
    const steps = [
      evaluate('__import__("numpy").array(["a"])'),
      { op: 'view', target: new StepResult(0) } as const,
    ];
    await expect(worker.run(steps)).rejects.toMatchObject({ code: 'ERR_DTYPE', dtype: '<U1' });
  });

  test('what is no data is an error with its path, or an object', async () => {
    await expect(data('[{"a": object()}]')).rejects.toMatchObject({
      code: 'ERR_CONVERSION',
      path: 'value[0].a',
    });
    const [item] = (await data('[object()]', { fallback: 'proxy' })) as RemoteObject[];
    expect(item).toBeInstanceOf(RemoteObject);
    expect(item?.type).toBe('object');
  });

  test('NumPy’s numbers are values, containers stay objects', async () => {
    expect(await worker.run([call('numpy', 'float32', 0.5)])).toBe(0.5);
    const list = await worker.run([evaluate('[1]')]);
    expect(list).toMatchObject({ type: 'list', bytes: 0 });
    const array = await worker.run([call('numpy', 'zeros', 10)]);
    expect(array).toMatchObject({ type: 'numpy.ndarray', bytes: 80 });
  });

  test('a coroutine is run to its end', async () => {
    const source = 'async def f():\n    import asyncio\n    await asyncio.sleep(0)\n    return 5';
    const value = await worker.run([
      { op: 'exec', name: source, args: [null, 'f'] },
      { op: 'get_item', target: new StepResult(0), args: [0] },
      { op: 'call', target: new StepResult(1) },
    ]);
    expect(value).toBe(5);
  });
});

describe('exceptions', () => {
  test('have class, frames, cause and notes', async () => {
    const code = [
      'def inner():',
      '    raise KeyError("k")',
      'try:',
      '    inner()',
      'except KeyError as error:',
      '    new = ValueError("outer")',
      '    new.add_note("a note")',
      '    raise new from error',
    ].join('\n');
    const error = await worker.run([{ op: 'exec', name: code }]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(errors.ValueError);
    const python = error as PythonError;
    expect(python).toMatchObject({ message: 'outer', notes: ['a note'], args: ['outer'] });
    expect(python.frames.at(-1)).toMatchObject({ line: 8 });
    expect(python.frames.map(({ file }) => file)).toEqual([expect.stringMatching(/^<py\.exec/)]);
    expect(python.cause).toBeInstanceOf(errors.KeyError);
    expect((python.cause as PythonError).frames.at(-1)?.function).toBe('inner');
  });

  test('of libraries follow their MRO; a missing attribute suggests a name', async () => {
    const singular = await worker
      .run([call('numpy', 'zeros', [2, 2]), call('numpy.linalg', 'inv', new StepResult(0))])
      .catch((reason: unknown) => reason);
    expect(singular).toBeInstanceOf(errors.ValueError);
    expect((singular as PythonError).type).toBe('LinAlgError');
    await expect(worker.run([call('math', 'sqrd', 2)])).rejects.toThrow(/Did you mean: 'sqrt'\?$/);
  });

  test('SystemExit ends no worker; a hostile __str__ makes no second error', async () => {
    await expect(worker.run([call('sys', 'exit', 3)])).rejects.toMatchObject({
      type: 'SystemExit',
    });
    const code = 'class E(Exception):\n    def __str__(self): raise KeyError\nraise E("x")';
    await expect(worker.run([{ op: 'exec', name: code }])).rejects.toThrow(
      '(str() of this exception failed)',
    );
    expect(await worker.run([call('math', 'sqrt', 4)])).toBe(2);
  });
});
