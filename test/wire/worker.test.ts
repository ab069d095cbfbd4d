import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  KeptObject,
  ModuleName,
  RemoteObject,
  type Step,
  StepResult,
} from '../../src/contract/batch.ts';
import { errors, type PythonError } from '../../src/errors/python-errors.ts';
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

describe('batches', () => {
  test('a function of a module', async () => {
    expect(await worker.run([call('math', 'sqrt', 2)])).toBe(Math.SQRT2);
  });

  test('a chain is one message', async () => {
    const value = await worker.run([
      call('numpy', 'arange', 12),
      { op: 'method', target: new StepResult(0), name: 'reshape', args: [[3, 4]] },
      { op: 'method', target: new StepResult(1), name: 'sum' },
    ]);
    expect(value).toBe(66);
  });

  test('results of steps and kept objects stand anywhere inside arguments', async () => {
    const kept = await worker.run([call('builtins', 'object')]);
    expect(kept).toBeInstanceOf(RemoteObject);
    const same = await worker.run([
      evaluate('lambda value, kept: value["a"][0] == 7 and value["b"] is kept'),
      evaluate('7'),
      {
        op: 'call',
        target: new StepResult(0),
        args: [{ a: [new StepResult(1)], b: new KeptObject(kept.n) }, new KeptObject(kept.n)],
      },
    ]);
    expect(same).toBe(true);
    expect(await repr([new ModuleName('math')])).toMatch(/^\[<module 'math'/);
  });

  test('a step fails alone; those that use it fail with its error', async () => {
    const outcomes = await worker.outcomes({
      steps: [
        call('builtins', 'int', 'x'),
        { op: 'call', target: new StepResult(0) },
        call('builtins', 'repr', [new StepResult(0)]),
        call('builtins', 'int', '5'),
      ],
      returns: [0, 1, 2, 3].map((step) => ({ step, want: 'auto' })),
    });
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false, false, true]);
    for (const outcome of outcomes.slice(0, 3)) {
      const error = (outcome as { error: Error }).error;
      expect(error).toBeInstanceOf(errors.ValueError);
      expect(error.message).toBe("invalid literal for int() with base 10: 'x'");
    }
    expect(outcomes[3]).toEqual({ ok: true, value: 5 });
  });

  test('an object has one number, and a count for each time it was sent', async () => {
    const first = await worker.run([evaluate('{1}')]);
    const again = await worker.run([{ op: 'value', target: new KeptObject(first.n) }]);
    expect(again.n).toBe(first.n);
    worker.connection.release([first.n]);
    expect(await worker.run([{ op: 'len', args: [new KeptObject(first.n)] }])).toBe(1);
    worker.connection.release([first.n]);
    await expect(
      worker.run([{ op: 'len', args: [new KeptObject(first.n)] }]),
    ).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  test('a session has numbers of its own', async () => {
    const one = await worker.run([{ op: 'import', name: 'math' }], 'auto', { session: 'a' });
    const same = await worker.run([{ op: 'import', name: 'math' }], 'auto', { session: 'a' });
    const other = await worker.run([{ op: 'import', name: 'math' }], 'auto', { session: 'b' });
    expect(one.n).toBe(same.n);
    expect(other.n).not.toBe(one.n);
  });

  test('inline Python, with names bound and its place in frames', async () => {
    const block: Step = { op: 'block', name: 'a + 1', kwargs: { a: 2 } };
    expect(await worker.run([block])).toBe(3);
    const placed = { ...block, name: 'return a + "x"', args: ['/src/app.ts', 7, 3] };
    const error = await worker.run([placed]).catch((reason: unknown) => reason);
    expect((error as PythonError).frames.at(-1)).toMatchObject({ file: '/src/app.ts', line: 7 });
  });

  test('what a call prints comes before its result', async () => {
    expect(await worker.run([call('builtins', 'print', 'žluť')], 'auto', { capture: true })).toBe(
      null,
    );
    const printed = worker.messages.filter(({ kind }) => kind === 'output');
    expect(printed.map((one) => (one as { text: string }).text).join('')).toBe('žluť\n');
  });
});

describe('iteration', () => {
  test('take gives bunches, and an error behind items waits', async () => {
    const code = 'def g():\n    yield 1\n    yield [2]\n    raise ValueError("end")\nit = g()';
    const [iterator] = await worker.run([{ op: 'exec', name: code, args: [null, 'it'] }]);
    const take: Step[] = [{ op: 'take', target: new KeptObject(iterator.n), args: [10] }];
    const first = await worker.run(take, 'auto');
    expect(first).toMatchObject({ done: false, value: null });
    expect(first.items[0]).toBe(1);
    expect(first.items[1]).toBeInstanceOf(RemoteObject);
    await expect(worker.run(take)).rejects.toThrow('end');
    expect(await worker.run(take)).toMatchObject({ items: [], done: true });
  });

  test('a stream sends what it has credit for, and closes its generator', async () => {
    const code = [
      'log = []',
      'def g():',
      '    try:',
      '        for i in range(100): yield i',
      '    finally:',
      '        log.append("closed")',
      'it = g()',
    ].join('\n');
    const [log, stream] = await worker
      .outcomes({
        steps: [
          { op: 'exec', name: code, args: [null, 'log', 'it'] },
          { op: 'get_item', target: new StepResult(0), args: [0] },
          { op: 'get_item', target: new StepResult(0), args: [1] },
          { op: 'stream', target: new StepResult(2) },
        ],
        returns: [1, 3].map((step) => ({ step, want: 'auto' })),
      })
      .then((all) => all.map((one) => (one as { value: any }).value));
    worker.connection.credit(worker.nextId(), stream, 3);
    const items = [];
    for (let i = 0; i < 3; i++) items.push((await worker.kind('item')).value);
    expect(items).toEqual([0, 1, 2]);
    worker.connection.closeStream(worker.nextId(), stream);
    expect(await worker.kind('end')).toMatchObject({ stream, failure: null });
    expect(await worker.run([{ op: 'to_js', target: new KeptObject(log.n) }])).toEqual(['closed']);
  });
});
