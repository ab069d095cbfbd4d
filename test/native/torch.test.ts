// Needs torch in the test project's Python (SNAKEPIT_TEST_PROJECT names one that has it): 5 GB are
// too much for every run.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Dtype } from '../../src/contract/dtype.ts';
import { kw } from '../../src/contract/kw.ts';
import { ConversionError, CopyRequiredError, DtypeError } from '../../src/errors/errors.ts';
import { errors } from '../../src/errors/python-errors.ts';
import type { RemoteFace } from '../../src/contract/remote-face.ts';
import { isolated } from '../../src/runtime/isolated.ts';
import { copies } from '../../src/tensor/copies.ts';
import { tensor } from '../../src/tensor/make.ts';
import { py } from './open.ts';

const hasTorch = py.import('importlib.util').find_spec('torch') !== null;
const torch = hasTorch ? py.import('torch') : undefined;

test.skipIf(hasTorch)('without torch the error says what to do', () => {
  expect(() => py.toTorch(new Float32Array(1))).toThrow(/add torch to the dependencies/);
  expect(() => py.fromTorch(py.import('math').sqrt)).toThrow(/npx snakepit sync/);
});

const DTYPES: readonly (readonly [Dtype, string])[] = [
  ...(['bool', 'int8', 'uint8', 'int16', 'int32', 'int64'] as const).map((d) => [d, d] as const),
  ...(['uint16', 'uint32', 'uint64', 'float16', 'bfloat16'] as const).map((d) => [d, d] as const),
  ...(['float32', 'float64', 'complex64', 'complex128'] as const).map((d) => [d, d] as const),
];

describe.skipIf(!hasTorch)('torch', () => {
  beforeEach(() => {
    copies.reset();
  });
  afterEach(() => {
    globalThis.gc?.();
  });

  test.each(DTYPES)('%s: the same memory both ways, and written by either side', (dtype, name) => {
    const mine = py.alloc(dtype, [3, 4]);
    const theirs = py.toTorch(mine);
    expect(py.isinstance(theirs, torch.Tensor)).toBe(true);
    expect(String(theirs.dtype)).toBe(`torch.${name}`);
    expect(theirs.shape.$toJS()).toEqual([3, 4]);
    expect(BigInt(theirs.data_ptr())).toBe(mine.address);
    theirs.fill_(1);
    expect(mine.data.some((value) => value !== 0 && value !== 0n)).toBe(true);
    const back = py.fromTorch(theirs);
    expect([back.dtype, back.shape, back.strides]).toEqual([dtype, [3, 4], [4, 1]]);
    expect(back.address).toBe(mine.address);
    back.data.fill((dtype.endsWith('int64') ? 0n : 0) as never);
    expect(theirs.to(torch.float32).abs().sum().item()).toBe(0);
    expect(copies().count).toBe(0);
  });

  test('typed arrays, structural tensors, 0-d, empty and strided ones', () => {
    const array = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(py.toTorch(array).sum().item()).toBe(21);
    expect(py.toTorch(new Uint8Array([1, 2])).shape.$toJS()).toEqual([2]);
    expect(py.toTorch({ data: array, dims: [2, 3], type: 'float32' }).shape.$toJS()).toEqual([
      2, 3,
    ]);
    expect(py.toTorch(tensor(array.subarray(0, 1), [])).dim()).toBe(0);
    expect(py.toTorch(py.alloc('float64', [0, 3])).shape.$toJS()).toEqual([0, 3]);
    const columns = tensor(array, [3, 2], { strides: [1, 3] });
    expect(py.toTorch(columns).tolist().$toJS()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(py.toTorch(columns).stride().$toJS()).toEqual([1, 3]);
    const same = tensor(array, [4, 1], { strides: [0, 1] });
    expect(py.toTorch(same).sum().item()).toBe(4);
    expect(copies().count).toBe(0);
    const transposed = py.fromTorch(torch.arange(6).reshape([2, 3]).T);
    expect([transposed.shape, transposed.strides, transposed.data]).toEqual([
      [3, 2],
      [1, 3],
      BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n),
    ]);
    expect(py.fromTorch(torch.tensor(2.5)).data[0]).toBe(2.5);
    expect(py.fromTorch(torch.empty([0, 2])).shape).toEqual([0, 2]);
  });

  test('negative strides are copied and counted, or refused', () => {
    const backwards = tensor(Float64Array.of(1, 2, 3), [3], { strides: [-1], byteOffset: 16 });
    expect(py.toTorch(backwards).tolist().$toJS()).toEqual([3, 2, 1]);
    expect([copies().count, copies().bytes, copies().reasons.strides]).toEqual([1, 24, 1]);
    const refused = (): unknown => py.toTorch(backwards, { copy: 'forbid' });
    expect(refused).toThrow(CopyRequiredError);
    expect(refused).toThrow(/strides/);
  });

  test('what has no counterpart says what to do', () => {
    expect(() => py.toTorch(py.alloc('datetime64[s]', [2]))).toThrow(DtypeError);
    const says = (x: unknown, error: unknown, what: RegExp): void => {
      expect(() => py.fromTorch(x)).toThrow(error);
      expect(() => py.fromTorch(x)).toThrow(what);
    };
    const ones = torch.ones([2, 2]);
    says(torch.ones([2], kw({ requires_grad: true })), ConversionError, /x\.detach\(\)/);
    says(ones.to_sparse(), ConversionError, /x\.to_dense\(\)/);
    says(ones.to_sparse_csr(), ConversionError, /x\.to_dense\(\)/);
    const quantised = torch.quantize_per_tensor(ones, 0.1, 0, torch.qint8);
    says(quantised, ConversionError, /x\.dequantize\(\)/);
    says(torch.ones([2], kw({ device: 'meta' })), ConversionError, /x\.cpu\(\)/);
    says(torch.ones([2], kw({ dtype: torch.complex64 })).conj(), ConversionError, /resolve_conj/);
    says(ones.to(torch.float8_e4m3fn), DtypeError, /torch\.float8_e4m3fn.*x\.to\(torch\.float32\)/);
    says(py.import('numpy').ones(3), ConversionError, /ndarray.*py\.fromNumpy/);
    says(3, ConversionError, /lives in Python/);
    expect(() => py.toTorch('x')).toThrow(ConversionError);
    expect(() => py.toTorch(torch.ones(3))).toThrow(ConversionError);
  });

  test('memory outlives whoever lets go first', () => {
    let kept = py.toTorch(Float64Array.from({ length: 50_000 }, (_, i) => i));
    const seen = py.fromTorch(torch.arange(50_000, kw({ dtype: torch.float64 })))
      .data as Float64Array;
    for (let i = 0; i < 20; i++) {
      globalThis.gc?.();
      py.toTorch(new Float64Array(50_000).fill(i));
      py.fromTorch(torch.full([50_000], -1, kw({ dtype: torch.float64 })));
    }
    expect(kept.sum().item()).toBe((50_000 * 49_999) / 2);
    expect(seen.reduce((sum, value) => sum + value, 0)).toBe((50_000 * 49_999) / 2);
    kept = py.fromTorch(kept);
    globalThis.gc?.();
    expect(kept.data[49_999]).toBe(49_999);
  });

  test('a tensor that JavaScript looks at keeps its size', () => {
    const shared = torch.zeros([4]);
    const { data } = py.fromTorch(shared);
    expect(() => shared.resize_([100_000])).toThrow(errors.RuntimeError);
    data[0] = 7;
    expect(shared[0].item()).toBe(7);
  });

  test('in a worker the same, by copies', async () => {
    const project = process.env['SNAKEPIT_TEST_PROJECT'] as string;
    const pool = (await isolated({ project, workers: 1 })) as never as RemoteFace & AsyncDisposable;
    try {
      const mine = tensor(Float32Array.of(1, -2, 3, -4), [2, 2]);
      const remote = pool.import('torch');
      expect(await remote.relu(pool.toTorch(mine)).sum().item()).toBe(4);
      const back = await pool.fromTorch(remote.relu(pool.toTorch(mine)));
      expect([back.dtype, back.shape, back.data]).toEqual([
        'float32',
        [2, 2],
        Float32Array.of(1, 0, 3, 0),
      ]);
      const bits = await pool.fromTorch(remote.ones([2], kw({ dtype: remote.bfloat16 })));
      expect([bits.dtype, bits.data]).toEqual(['bfloat16', Uint16Array.of(0x3f80, 0x3f80)]);
      const wants = pool.fromTorch(remote.ones([2], kw({ requires_grad: true })));
      await expect(wants).rejects.toThrow(/x\.detach\(\)/);
    } finally {
      await pool[Symbol.asyncDispose]();
    }
  });

  test('a hundred thousand leave nothing behind', () => {
    const array = new Float32Array(1024);
    const round = (count: number): void => {
      for (let i = 0; i < count; i++) py.fromTorch(py.toTorch(array)).$dispose();
      globalThis.gc?.();
    };
    round(10_000);
    const before = process.memoryUsage.rss();
    round(process.env['SNAKEPIT_LEAK'] === 'full' ? 100_000 : 20_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(30e6);
  });
});
