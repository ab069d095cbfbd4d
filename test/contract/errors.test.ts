import { afterAll, describe, expect, test } from 'vitest';

import { errors, type PythonError } from '../../src/errors/python-errors.ts';
import { open } from '../../src/runtime/create-runtime.ts';
import { HandleElsewhereError } from '../../src/errors/worker-errors.ts';
import { events } from '../../src/events/events.ts';
import { thrown } from './callbacks-table.ts';
import { errorContextTable } from './error-context-table.ts';
import { errorRulesTable } from './error-rules-table.ts';
import { errorsTable } from './errors-table.ts';
import { failure } from './protocol-face.ts';
import { op } from '../../src/runtime/operators.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

describe('in-process', () => {
  const py = open(project === undefined ? {} : { project });
  test.each([...errorsTable, ...errorContextTable, ...errorRulesTable])('$name', (row) =>
    row.run(py),
  );

  test('context: by an operator of ours', async () => {
    const np = py.import('numpy');
    const error: PythonError = await failure(() => op.matmul(np.ones([3, 4]), np.ones([2, 2])));
    expect(error.context).toMatchObject({ source: 'objects', shape_a: [3, 4], shape_b: [2, 2] });
  });

  test('errors.rule takes a class and a rule', () => {
    expect(() => errors.rule('', /x/)).toThrow(/qualified name/);
    expect(() => errors.rule('ValueError', 'x' as never)).toThrow(/regular expression/);
  });

  describe('$call(args, kwargs, { onError })', () => {
    const { fail, log, Tensor } = py.exec(
      `import sys, types
torch = types.ModuleType('torch')
class Tensor:
    def __init__(self, device): self.device = device
    def to(self, device): return Tensor(device)
    def grow(self): raise torch.OutOfMemoryError('no')
class OutOfMemoryError(RuntimeError): pass
OutOfMemoryError.__module__ = 'torch'
torch.Tensor, torch.OutOfMemoryError, torch.nn = Tensor, OutOfMemoryError, None
sys.modules['torch'] = torch
log = []
def fail(tensor, device='cuda'):
    log.append([tensor.device, device])
    if device == 'cuda': raise torch.OutOfMemoryError('no')
    return [tensor.device, device]`,
      { out: ['fail', 'log', 'Tensor'] },
    );
    const onError = { 'torch.OutOfMemoryError': { device: 'cpu' } };
    afterAll(() => {
      py.import('sys').modules.pop('torch');
    });

    test('runs again once where there is consent, and says so', () => {
      const heard: unknown[] = [];
      const hearing = events.on('fallback', (event) => heard.push(event));
      const answer = fail.$call([Tensor('cuda:0')], { device: 'cuda' }, { onError });
      hearing[Symbol.dispose]();
      expect(answer.$toJS()).toEqual(['cpu', 'cpu']);
      expect(log.$toJS()).toEqual([
        ['cuda:0', 'cuda'],
        ['cpu', 'cpu'],
      ]);
      expect(heard).toEqual([{ name: 'fail', error: expect.any(Error), device: 'cpu' }]);
    });

    test('is refused for what the call is made on', () => {
      const error = thrown(() => Tensor('cuda:0').grow.$call([], {}, { onError })) as Error;
      expect(error).toBeInstanceOf(HandleElsewhereError);
      expect(error.message).toMatch(/itself on cuda:0/);
      expect(error.cause).toBeInstanceOf(errors.get('torch.OutOfMemoryError'));
    });

    test('a function answers instead, and what nobody answers is thrown', () => {
      const answers = { KeyError: () => 1, ArithmeticError: (error: Error) => error.message };
      const divide = py.import('operator').truediv;
      expect(divide.$call([1, 0], {}, { onError: answers })).toBe('division by zero');
      expect(divide.$call([1, 0], {}, { onError: () => 7 })).toBe(7);
      expect(() => divide.$call(['x', 0], {}, { onError: answers })).toThrow(errors.TypeError);
    });
  });
});
