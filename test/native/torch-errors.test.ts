// Needs torch in the test project's Python (SNAKEPIT_TEST_PROJECT names one that has it).
import { describe, expect, test } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { PythonError } from '../../src/errors/python-errors.ts';
import { py } from './open.ts';

const hasTorch = py.import('importlib.util').find_spec('torch') !== null;
const torch = hasTorch ? py.import('torch') : undefined;

function contextOf(run: () => unknown): PythonError['context'] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(PythonError);
    return (error as PythonError).context;
  }
  throw new Error('nothing was raised');
}

describe.skipIf(!hasTorch)('context of PyTorch’s errors', () => {
  const A = { shape_a: [3, 4], dtype_a: 'float32', device_a: 'cpu', type_a: 'torch.Tensor' };
  const B = { shape_b: [2, 2], dtype_b: 'float64', device_b: 'cpu', type_b: 'torch.Tensor' };

  test('by operator, by function, by method', () => {
    const a = torch.ones([3, 4]);
    const b = torch.ones([2, 2], kw({ dtype: torch.float64 }));
    const runs = [
      () => py`${a} @ ${b}`,
      () => torch.matmul(a, b),
      () => a.mm(b),
      () => torch.cat([a, b.T]),
    ];
    for (const run of runs) expect(contextOf(run)).toMatchObject({ source: 'objects', ...A, ...B });
  });

  test('of a layer, the input and the weights', () => {
    const layers = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Linear(4, 2));
    expect(contextOf(() => layers(torch.ones([3, 4])))).toMatchObject({
      ...{ source: 'objects', shape_a: [3, 5], shape_b: [2, 4], shape_c: [2] },
      type_b: 'torch.nn.parameter.Parameter',
    });
  });

  test('of temporaries, and of memory that is not there, by message', () => {
    expect(contextOf(() => py`${torch}.ones(3, 4) @ ${torch}.ones(2, 2)`)).toEqual({
      ...{ source: 'message', shape_a: [3, 4], shape_b: [2, 2] },
    });
    expect(contextOf(() => torch.empty(1e15))).toEqual({
      ...{ source: 'message', device: 'cpu', bytes_requested: 4e15 },
    });
  });
});
