import { describe, expect, test } from 'vitest';

import { KeptObject, ModuleName, type Step, StepResult } from '../../../src/contract/batch.ts';
import { readCallOptions } from '../../../src/contract/options.ts';
import { readSnakepitOptions } from '../../../src/contract/route-options.ts';
import { behind, keptIn } from '../../../src/runtime/operands.ts';
import { isIsolated } from '../../../src/runtime/route-rules.ts';

const torch = new ModuleName('torch');
const far = (steps: readonly Step[], options: object = {}, isolate?: readonly string[]): boolean =>
  isIsolated({ steps, returns: [] }, readCallOptions(options), readSnakepitOptions({ isolate }));

const function_ = (module: string, name: string, args: unknown[] = [], kwargs = {}): Step => ({
  op: 'function',
  target: new ModuleName(module),
  name,
  args,
  kwargs,
});

describe('by name', () => {
  const rules = ['torch.cuda', 'cupy', 'faiss.IndexFlatL2'];
  test.each<readonly [string, Step, boolean]>([
    ['an import', { op: 'import', name: 'cupy' }, true],
    ['a module below', { op: 'import', name: 'torch.cuda.amp' }, true],
    ['a module above', { op: 'import', name: 'torch' }, false],
    ['a name that only begins alike', { op: 'import', name: 'cupyx' }, false],
    ['a function', function_('torch', 'cuda.is_available'), true],
    ['a function of the module itself', function_('torch.cuda', 'is_available'), true],
    ['another function of it', function_('torch', 'zeros'), false],
    ['a class', function_('faiss', 'IndexFlatL2', [4]), true],
    ['its neighbour', function_('faiss', 'IndexIVF'), false],
    ['an attribute', { op: 'get_attr', target: torch, name: 'cuda' }, true],
    ['a module among the arguments', function_('builtins', 'dir', [new ModuleName('cupy')]), true],
    ['a text that is only data', function_('builtins', 'print', ['cupy']), false],
    ['inline Python that names it', { op: 'block', name: 'import cupy\nreturn cupy.pi' }, true],
    ['inline Python that names another', { op: 'exec', name: 'import cupyx, my.cupy' }, false],
    ['a helper pack of that name', { op: 'helper', target: new ModuleName('cupy') }, false],
  ])('%s', (_name, step, expected) => {
    expect(far([step], {}, rules)).toBe(expected);
  });

  test('one step takes its chain along', () => {
    expect(far([function_('math', 'sqrt', [2]), function_('cupy', 'asarray')], {}, rules)).toBe(
      true,
    );
  });
});

describe('by device', () => {
  const kept = new KeptObject(5);
  const spellings: readonly (readonly [string, Step])[] = [
    ["device: 'cuda'", function_('torch', 'zeros', [3], { device: 'cuda' })],
    ["device: 'cuda:1'", function_('anything', 'at_all', [], { device: 'cuda:1' })],
    ['a device of its own', function_('torch', 'device', ['cuda:0'])],
    ['map_location', function_('torch', 'load', ['f'], { map_location: 'cuda' })],
    ['set_default_device', function_('torch', 'set_default_device', ['cuda'])],
    ['.cuda()', { op: 'method', target: kept, name: 'cuda' }],
    ['.layer.cuda()', { op: 'method', target: kept, name: 'layer.cuda' }],
    [".to('cuda')", { op: 'method', target: kept, name: 'to', args: ['cuda'] }],
    ["a call with device: 'cuda'", { op: 'call', target: kept, kwargs: { device: 'cuda' } }],
    ['a pack with a device', { op: 'helper', name: 'f', kwargs: { device: 'cuda' } }],
    ['inline .cuda()', { op: 'block', name: 'x.cuda().sum()' }],
    ["inline 'cuda'", { op: 'exec', name: "y = torch.zeros(3, device='cuda')" }],
  ];
  test.each(spellings)('%s', (_name, step) => {
    expect(far([step])).toBe(true);
    // Without a rule on a CUDA library a device is an argument as any other.
    expect(far([step], {}, ['faiss'])).toBe(false);
  });
  test.each<readonly [string, Step]>([
    ["device: 'cpu'", function_('torch', 'zeros', [3], { device: 'cpu' })],
    ["device: 'cudart'", function_('torch', 'zeros', [3], { device: 'cudart' })],
    ["another function's text", function_('builtins', 'str', ['cuda'])],
    [".append('cuda')", { op: 'method', target: kept, name: 'append', args: ['cuda'] }],
    ["inline 'cuda is fine'", { op: 'block', name: "'cuda is fine'" }],
  ])('not: %s', (_name, step) => {
    expect(far([step])).toBe(false);
  });

  test('the option device, and isolate before everything', () => {
    const plain = function_('math', 'sqrt', [2]);
    expect(far([plain], { device: 'cuda' })).toBe(true);
    expect(far([plain], { device: 'cpu' })).toBe(false);
    expect(far([plain], { isolate: true })).toBe(true);
    expect(far([function_('cupy', 'zeros')], { isolate: false, device: 'cuda' })).toBe(false);
  });
});

describe('options', () => {
  test('the default rules are the CUDA ones, and the GPUs the workers’', () => {
    expect(readSnakepitOptions()).toMatchObject({ cuda: true, pool: { devices: 'auto' } });
    expect(readSnakepitOptions({ isolate: ['torch'] }).cuda).toBe(true);
    expect(readSnakepitOptions({ isolate: ['torch.cuda.amp'] }).cuda).toBe(true);
    expect(readSnakepitOptions({ isolate: ['faiss'] })).toMatchObject({ cuda: false });
    expect(readSnakepitOptions({ devices: [1] }).settings.devices).toEqual([1]);
  });

  test.each([
    [{ isolate: 'torch' }, /options\.isolate: expected an array/],
    [{ isolate: ['torch cuda'] }, /options\.isolate\[0\]: expected a dotted Python name/],
    [{ isolated: ['torch'] }, /isolated: unknown option/],
    [{ workers: 0 }, /workers: expected a whole number/],
  ])('%j is refused', (options, message) => {
    expect(() => readSnakepitOptions(options)).toThrow(message);
  });
});

test('steps go in front of a batch, and its references move along', () => {
  const cyclic: unknown[] = [new KeptObject(7)];
  cyclic.push(cyclic);
  const steps: Step[] = [
    function_('m', 'f', [cyclic, new Map([[1, new KeptObject(2 ** 33)]])]),
    { op: 'call', target: new StepResult(0), args: [new KeptObject(7)] },
  ];
  const batch = { steps, returns: [{ step: 1, want: 'auto' as const }] };
  expect([...keptIn(batch)].toSorted()).toEqual([7, 2 ** 33]);
  const moved = behind([function_('c', 'unpack')], new Map([[7, 0]]), batch);
  expect(moved.returns).toEqual([{ step: 2, want: 'auto' }]);
  const list = moved.steps[1]?.args?.[0] as unknown[];
  expect(list[0]).toEqual(new StepResult(0));
  expect(list[1]).toBe(list);
  expect(moved.steps[1]?.args?.[1]).toEqual(new Map([[1, new KeptObject(2 ** 33)]]));
  expect(moved.steps[2]).toMatchObject({ target: new StepResult(1), args: [new StepResult(0)] });
  expect(cyclic[0]).toEqual(new KeptObject(7));
});
