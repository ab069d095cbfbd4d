import { describe, expectTypeOf, test } from 'vitest';

import { type Kw, kw } from '../../src/contract/kw.ts';
import type { PythonProxy } from '../../src/contract/proxy.ts';
import type { Python } from '../../src/contract/python.ts';
import type { Pool, RemoteFace } from '../../src/contract/remote-face.ts';
import type { Ref, Remote, Settled } from '../../src/contract/remote.ts';

/** As a generated wrapper declares them: one interface for every placement. */
interface NdArray extends PythonProxy {
  readonly T: NdArray;
  readonly shape: PythonProxy;
  readonly size: number;
  reshape(shape: readonly number[]): NdArray;
  sum(options?: Kw<{ axis?: number }>): number;
  tolist(): number[];
  [Symbol.iterator](): IterableIterator<NdArray>;
}

interface Linalg extends PythonProxy {
  norm(a: NdArray, options?: Kw<{ ord?: number; axis?: number }>): number;
  inv(a: NdArray): NdArray;
}

interface Numpy extends PythonProxy {
  readonly linalg: Linalg;
  readonly float32: new (value: number) => NdArray;
  arange(n: number): NdArray;
  eye(n: number): NdArray;
  concatenate(parts: readonly NdArray[], options?: Kw<{ axis?: number }>): NdArray;
  vectorize(f: (x: number) => number): (a: NdArray) => NdArray;
  split(a: NdArray): [NdArray, number];
  load(name: string): Promise<NdArray>;
  seed(value: number | null): null;
}

declare const py: Python;
declare const pool: Pool;

describe('the synchronous face', () => {
  test('is the wrapper itself', () => {
    const np = py.import<Numpy>('numpy');
    const a = np.arange(12).reshape([3, 4]);
    expectTypeOf(np.linalg.norm(a, kw({ ord: 2 }))).toEqualTypeOf<number>();
    expectTypeOf(a.T.shape.$ref).toEqualTypeOf<string>();
  });

  test('is any without a wrapper', () => {
    expectTypeOf(py.import('numpy')).toBeAny();
    expectTypeOf(py`1 + 1`).toBeAny();
    expectTypeOf(py.import('numpy').linalg.norm([1], kw({ ord: 2 }))).toBeAny();
    expectTypeOf(py.helpers.sympy.parse('2x')).toBeAny();
    expectTypeOf(py.builtins.len([])).toBeAny();
    expectTypeOf(py<number>`1 + 1`).toEqualTypeOf<number>();
  });

  test('exec returns the names it was asked for', () => {
    const result = py.exec('y = x', { in: { x: 1 }, out: ['y'] });
    expectTypeOf(result).toEqualTypeOf<{ y: any }>();
    expectTypeOf(result.y).toBeAny();
    // @ts-expect-error: z was not asked for
    expectTypeOf(result.z).toBeAny();
  });
});

describe('the remote face', () => {
  const np = pool.import<Numpy>('numpy');

  test('chains without waiting, and settles to data or to a handle', async () => {
    const norm = np.linalg.norm(np.arange(12).reshape([3, 4]), kw({ ord: 2 }));
    expectTypeOf(await norm).toEqualTypeOf<number>();
    expectTypeOf(await np.eye(3).tolist()).toEqualTypeOf<number[]>();
    expectTypeOf(await np.eye(3)).toEqualTypeOf<Ref<NdArray>>();
    expectTypeOf(await np.eye(3).T.size).toEqualTypeOf<number>();
    expectTypeOf(await np.load('a')).toEqualTypeOf<Ref<NdArray>>();
    expectTypeOf(await np.seed(1)).toEqualTypeOf<null>();
    expectTypeOf(await np.split(np.eye(2))).toEqualTypeOf<[Ref<NdArray>, number]>();
    expectTypeOf(await np.eye(3).shape.$toJS<number[]>()).toEqualTypeOf<number[]>();
    expectTypeOf(await new np.float32(3)).toEqualTypeOf<Ref<NdArray>>();
  });

  test('takes handles, values on their way, and both inside lists', async () => {
    const held = await np.eye(3);
    expectTypeOf(await np.linalg.norm(held)).toEqualTypeOf<number>();
    await np.eye(np.arange(3).sum());
    await np.concatenate([held, np.eye(3), held.T], kw({ axis: np.arange(1).sum() }));
    const doubled = np.vectorize((x) => x * 2);
    await doubled(held);
    await np.seed(null);
    for await (const row of held) expectTypeOf(row).toEqualTypeOf<Ref<NdArray>>();
  });

  test('a settled handle is disposable and no thenable', async () => {
    await using held = await np.eye(3);
    expectTypeOf(held).not.toExtend<PromiseLike<unknown>>();
    expectTypeOf(held.$ref).toEqualTypeOf<string>();
    expectTypeOf<Awaited<typeof held>>().toEqualTypeOf<Ref<NdArray>>();
    expectTypeOf(held.$view()).toExtend<Promise<unknown>>();
  });

  test('any stays any', async () => {
    expectTypeOf<Remote<any>>().toBeAny();
    expectTypeOf<Ref<any>>().toBeAny();
    expectTypeOf<Settled<any>>().toBeAny();
    const torch = pool.import('torch');
    expectTypeOf(torch).toBeAny();
    expectTypeOf(await torch.zeros([2, 2]).sum()).toBeAny();
    expectTypeOf(np.eye(2).$attr('then')).toBeAny();
    expectTypeOf(await pool`1 + 1`).toBeAny();
    expectTypeOf(pool<number>`1 + 1`).toEqualTypeOf<Remote<number>>();
  });

  test('refuses what would fail in Python', async () => {
    const held = await np.eye(3);
    // @ts-expect-error: an unknown keyword
    np.linalg.norm(held, kw({ order: 2 }));
    // @ts-expect-error: an unknown keyword beside a known one
    np.linalg.norm(held, kw({ ord: 2, order: 2 }));
    // @ts-expect-error: a keyword of the wrong type
    np.linalg.norm(held, kw({ ord: 'two' }));
    // @ts-expect-error: a plain object is a dict, not keywords
    np.linalg.norm(held, { ord: 2 });
    // @ts-expect-error: a forgotten await
    const norm: number = np.linalg.norm(held);
    // @ts-expect-error: a forgotten await of a handle
    const other: Ref<NdArray> = np.eye(3);
    // @ts-expect-error: a misspelt method
    np.aranje(12);
    // @ts-expect-error: a misspelt method in a chain
    np.arange(12).reshap([3, 4]);
    // @ts-expect-error: a settled handle has no then
    held.then(() => null);
    // @ts-expect-error: a wrong argument
    np.arange('12');
    // @ts-expect-error: a promise of JavaScript is an awaitable in Python, not a number
    np.arange(Promise.resolve(12));
    // @ts-expect-error: bridge members that need the worker are promises
    const data: number[] = held.$toJS<number[]>();
    expectTypeOf([norm, other, data]).toBeArray();
  });
});

describe('the synchronous wrapper refuses the same', () => {
  test('mistakes', () => {
    const np = py.import<Numpy>('numpy');
    const a = np.eye(2);
    // @ts-expect-error: an unknown keyword
    np.linalg.norm(a, kw({ ord: 2, order: 2 }));
    // @ts-expect-error: a plain object is a dict, not keywords
    np.linalg.norm(a, { ord: 2 });
    // @ts-expect-error: a misspelt method
    np.aranje(12);
    // @ts-expect-error: a misspelt bridge member
    a.$toJs();
  });
});

describe('one face for all remote placements', () => {
  test('py.async, pool and session', async () => {
    expectTypeOf(py.async).toEqualTypeOf<RemoteFace>();
    expectTypeOf(pool).toExtend<RemoteFace>();
    const session = pool.session('s', { affinity: 'strict' });
    expectTypeOf(session).toExtend<RemoteFace>();
    expectTypeOf(session).toExtend<AsyncDisposable>();
    expectTypeOf(pool.options({ idempotent: true, timeout: 100 })).toEqualTypeOf<RemoteFace>();
    const { y } = await pool.exec('y = 1', { out: ['y'] });
    expectTypeOf(y).toBeAny();
    // @ts-expect-error: no such option
    pool.options({ idempotant: true });
  });
});
