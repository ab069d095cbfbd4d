import { describe, expectTypeOf, test } from 'vitest';

import type { Call, Payload } from '../../src/contract/call.ts';
import type { CopyCounts, CopyReason } from '../../src/contract/copies.ts';
import { isKw, type Kw, kw } from '../../src/contract/kw.ts';
import type { OpenOptions } from '../../src/contract/options.ts';
import type { PoolOptions } from '../../src/contract/pool-options.ts';
import type { PythonProxy } from '../../src/contract/proxy.ts';
import type { Python } from '../../src/contract/python.ts';
import type {
  DataOf,
  Dtype,
  Tensor,
  TensorLike,
  TensorOptions,
  TensorSource,
  TypedArray,
} from '../../src/contract/tensor.ts';
import type { PythonError } from '../../src/errors/python-errors.ts';
import { match } from '../../src/errors/match.ts';
import { errors } from '../../src/errors/python-errors.ts';

declare const py: Python;

describe('tensors', () => {
  test('have the fields of the contract', () => {
    expectTypeOf<Tensor['data']>().toEqualTypeOf<TypedArray>();
    expectTypeOf<Tensor['shape']>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<Tensor['strides']>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<Tensor['dtype']>().toEqualTypeOf<Dtype>();
    expectTypeOf<Tensor['byteOffset']>().toEqualTypeOf<number>();
    expectTypeOf<Tensor['readonly']>().toEqualTypeOf<boolean>();
    expectTypeOf<Tensor['address']>().toEqualTypeOf<bigint>();
    expectTypeOf<Tensor>().toExtend<Disposable>();
  });

  test('know the class of their data by their dtype', () => {
    expectTypeOf(py.alloc('float32', [2]).data).toEqualTypeOf<Float32Array>();
    expectTypeOf(py.alloc('int64', [2]).data).toEqualTypeOf<BigInt64Array>();
    expectTypeOf(py.alloc('datetime64[ms]', [2]).data).toEqualTypeOf<BigInt64Array>();
    expectTypeOf(py.alloc('complex128', [2]).data).toEqualTypeOf<Float64Array>();
    expectTypeOf<DataOf<'timedelta64[25s]'>>().toEqualTypeOf<BigInt64Array>();
    expectTypeOf<Tensor<'float32'>>().toExtend<Tensor>();
    // @ts-expect-error: no such dtype
    py.alloc('float31', [2]);
    // @ts-expect-error: no such unit
    const wrong: Dtype = 'datetime64[weeks]';
    expectTypeOf(wrong).toExtend<Dtype>();
  });

  test('are disposable by using', () => {
    using t = py.alloc('float32', [2]);
    using owned = t.toOwned();
    expectTypeOf(owned).toEqualTypeOf<Tensor<'float32'>>();
  });

  test('are made of what the libraries of the JS world have', () => {
    expectTypeOf<{ data: Float32Array; shape: number[] }>().toExtend<TensorLike>();
    expectTypeOf<{ data: Float32Array; dims: readonly number[]; type: string }>().toExtend<
      TensorLike & TensorSource
    >();
    expectTypeOf<SharedArrayBuffer>().toExtend<TensorSource>();
    expectTypeOf<Buffer>().toExtend<TensorSource>();
    expectTypeOf<{ dtype: 'bool'; move: true }>().toExtend<TensorOptions>();
  });

  test('copies are counted by reason', () => {
    expectTypeOf<CopyCounts['reasons']['read-only']>().toEqualTypeOf<number>();
    expectTypeOf<'torch-output'>().toExtend<CopyReason>();
  });
});

describe('proxies', () => {
  test('are disposable, and their members are the bridge’s', () => {
    using held: PythonProxy = py.import<PythonProxy>('array');
    expectTypeOf(held.$view()).toEqualTypeOf<TypedArray>();
    held.$put('key', 1);
    held.$put(0, 1, 'value');
    // @ts-expect-error: an item needs a key and a value
    held.$put(1);
  });

  test('context managers give something disposable', () => {
    using file = py.enter<PythonProxy>(py.builtins.open('x'));
    expectTypeOf(file).toExtend<Disposable>();
    expectTypeOf(py.with(null, () => 1)).toEqualTypeOf<number>();
    expectTypeOf(py.with(null, () => Promise.resolve(1))).toEqualTypeOf<Promise<number>>();
    expectTypeOf(py.capture(() => 'x').value).toEqualTypeOf<string>();
  });
});

describe('keywords', () => {
  test('are a type of their own', () => {
    expectTypeOf(kw({ ord: 2 })).toExtend<Kw<{ ord?: number }>>();
    expectTypeOf(kw({ ord: 2 })).toExtend<Kw>();
    expectTypeOf<{ ord: number }>().not.toExtend<Kw>();
    // @ts-expect-error: keywords have names
    kw('ord');
  });

  test('are told apart at run time', () => {
    const last: unknown = kw({});
    if (isKw(last)) expectTypeOf(last.values).toEqualTypeOf<Readonly<Record<string, unknown>>>();
  });
});

describe('options and payloads', () => {
  test('refuse what is unknown', () => {
    expectTypeOf<{ project: string; copy: 'forbid' }>().toExtend<OpenOptions>();
    // @ts-expect-error: no such policy
    const open: OpenOptions = { copy: 'never' };
    // @ts-expect-error: no such option
    const pool: PoolOptions = { worker: 2 };
    // @ts-expect-error: no such call_type
    const payload: Payload = { call_type: 'shout' };
    expectTypeOf([open, pool, payload]).toBeArray();
  });

  test('a validated call has what its call_type reads', () => {
    expectTypeOf<Extract<Call, { readonly module: string }>['call_type']>().toEqualTypeOf<
      'function' | 'construct' | 'helper'
    >();
    const call = { call_type: 'method' } as Call;
    if (call.call_type === 'method') {
      expectTypeOf(call.ref).toEqualTypeOf<string>();
      // @ts-expect-error: a method is reached by its handle
      const nothing = call.module;
      expectTypeOf(nothing).toBeAny();
    }
    if (call.call_type === 'block') expectTypeOf(call.method).toEqualTypeOf<string>();
    if (call.call_type === 'get_item') expectTypeOf(call.ref).toEqualTypeOf<string>();
  });
});

describe('errors', () => {
  test('narrow by class, builtins by name', () => {
    const error: unknown = new Error('x');
    if (error instanceof errors.ValueError) {
      expectTypeOf(error).toEqualTypeOf<PythonError>();
      expectTypeOf(error.frames.at(-1)?.line).toEqualTypeOf<number | undefined>();
      expectTypeOf(error.context?.shape_a).toEqualTypeOf<readonly number[] | undefined>();
    }
    if (error instanceof errors.get('torch.OutOfMemoryError')) {
      expectTypeOf(error.type).toEqualTypeOf<string>();
    }
    if (error instanceof errors.CopyRequiredError) {
      expectTypeOf(error.reason).toEqualTypeOf<CopyReason>();
    }
    // @ts-expect-error: Python has no such builtin
    expectTypeOf(errors.ValueEror).toBeAny();
  });

  test('match types its handlers and its result', () => {
    const answer = match(new Error('x'), {
      ValueError: (e) => {
        expectTypeOf(e).toEqualTypeOf<PythonError>();
        return 1;
      },
      _: (e) => {
        expectTypeOf(e).toBeUnknown();
        return 2;
      },
    });
    expectTypeOf(answer).toEqualTypeOf<number>();
  });
});
