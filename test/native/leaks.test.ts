import { describe, expect, test } from 'vitest';

import { LeakError, leaks, noLeaks, trackLeaks } from '../../src/testing/testing.ts';
import { py } from './open.ts';

const builtins = py.import('builtins');
const kept: unknown[] = [];

function keepOne(): void {
  kept.push(builtins.frozenset([1, 2]));
}

const countOf = (type: string): number =>
  leaks().types.find((one) => one.type === type)?.count ?? 0;

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('leaks', () => {
  test('are the objects that JavaScript holds, by type', () => {
    const before = countOf('frozenset');
    kept.push(builtins.frozenset([1]), builtins.frozenset([2]));
    for (let i = 0; i < 1000; i++) builtins.frozenset([i]);
    expect(countOf('frozenset')).toBe(before + 2);
    expect(countOf('numpy.ndarray')).toBe(0);
    kept.push(py.import('numpy').arange(3));
    expect(countOf('numpy.ndarray')).toBe(1);
    kept.length = 0;
    expect(countOf('frozenset')).toBe(before);
    expect(countOf('numpy.ndarray')).toBe(0);
  });

  test('leave out what the bridge holds for itself', () => {
    py.len([1]);
    expect(py.callable(5)).toBe(false);
    expect(countOf('builtin_function_or_method')).toBe(0);
  });

  test('name the place of making while that is tracked', () => {
    const tracking = trackLeaks();
    keepOne();
    const { sites } = leaks().types.find(({ type }) => type === 'frozenset') ?? { sites: [] };
    expect(sites[0]?.count).toBe(1);
    expect(sites[0]?.stack).toMatch(/^\s+at keepOne .*leaks\.test\.ts/);
    tracking[Symbol.dispose]();
    tracking[Symbol.dispose]();
    keepOne();
    expect(leaks().types.find(({ type }) => type === 'frozenset')?.sites).toEqual([
      { stack: null, count: 2 },
    ]);
    kept.length = 0;
  });
});

describe('cycles across the border', () => {
  test('are reported with the way from one side to the other', () => {
    const { Emitter } = py.exec(
      'class Emitter:\n  def __init__(self): self.listeners = {}\n' +
        '  def on(self, name, f): self.listeners[name] = [f]',
      { out: ['Emitter'] },
    );
    const emitter = Emitter();
    emitter.on('event', function listener() {
      return emitter as unknown;
    });
    const { cycles, heldByPython } = leaks();
    const found = cycles.filter(({ python }) => python[0]?.endsWith('Emitter'));
    expect(found).toHaveLength(1);
    // Whether the instance's own dict counts is CPython's affair.
    expect(found[0]?.python.slice(-2)).toEqual(['dict', 'list']);
    expect((found[0]?.javascript as () => unknown).name).toBe('listener');
    expect(heldByPython).toContain(found[0]?.javascript);
    emitter.listeners.clear();
    expect(leaks().cycles.filter(({ python }) => python[0]?.endsWith('Emitter'))).toEqual([]);
    expect(leaks().heldByPython.some((one) => (one as () => void).name === 'listener')).toBe(false);
  });

  test('are part of what noLeaks says', () => {
    const error = failure(() => {
      noLeaks(() => {
        const list = builtins.list();
        list.append(() => list as unknown);
        kept.push(list);
      });
    });
    expect((error as Error).message).toMatch(/possibly a cycle: list → \[Function/);
    (kept.pop() as { clear(): void }).clear();
  });
});

describe('noLeaks', () => {
  test('passes a body that leaves nothing', () => {
    noLeaks(() => {
      for (let i = 0; i < 100; i++) builtins.list([i]);
      return builtins.list([1]);
    });
  });

  test('throws what is left, with its place', () => {
    const error = failure(() => {
      noLeaks(keepOne);
    });
    expect(error).toBeInstanceOf(LeakError);
    expect((error as LeakError).message).toMatch(/1 × frozenset\n\s+at keepOne/);
    expect((error as LeakError).report).toMatchObject({ count: 1, types: [{ type: 'frozenset' }] });
    kept.length = 0;
  });

  test('waits for an async body, and lets its errors through', async () => {
    await noLeaks(async () => {
      const list = builtins.list([1]);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return list[0] as unknown;
    });
    await expect(
      noLeaks(async () => {
        await Promise.resolve();
        keepOne();
      }),
    ).rejects.toBeInstanceOf(LeakError);
    kept.length = 0;
    const mine = new Error('mine');
    await expect(noLeaks(() => Promise.reject(mine))).rejects.toBe(mine);
    expect(
      failure(() => {
        noLeaks((): unknown => {
          throw mine;
        });
      }),
    ).toBe(mine);
  });
});
