import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';

import { py } from './open.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const { Box, same, Dying } = py.exec(
  `
class Box:
    def __init__(self, mark): self.mark = mark
only = Box('only')
def same(): return only
class Dying:
    def __init__(self, told): self.told = told
    def __del__(self): self.told()
`,
  { out: ['Box', 'same', 'Dying'] },
);

/** In a frame of its own, so that nothing on the stack keeps them. */
function leaveDying(count: number, told: () => void): void {
  for (let i = 0; i < count; i++) new Dying(told);
}

describe('a proxy that waits for its reference', () => {
  test('is the one that its object has', () => {
    const first = same();
    expect(same()).toBe(first);
    const other = Box('other');
    expect(same()).toBe(first);
    expect(other.mark).toBe('other');
  });

  test('may be disposed before it has one', () => {
    for (let i = 0; i < 100; i++) {
      const box = Box(i);
      expect(box.mark).toBe(i);
      box.$dispose();
      expect(() => box.mark).toThrow(/disposed/);
    }
  });

  test('belongs to the scope that it was made in', () => {
    const outer = Box('outer');
    const made = py.scope(() => {
      Box('gone');
      return [Box('kept'), Box('last')];
    }) as { mark: string }[];
    expect(made.map((box) => box.mark)).toEqual(['kept', 'last']);
    const escaped: { mark: string }[] = [];
    py.scope(() => {
      escaped.push(Box('escaped'));
    });
    expect(() => escaped[0]?.mark).toThrow(/disposed/);
    expect(outer.mark).toBe('outer');
  });

  test('is not mixed up with what is made while objects die at the end of its call', () => {
    let deaths = 0;
    const kept: { mark: string }[] = [];
    const told = (): void => {
      deaths += 1;
      kept.push(Box('nested'));
      Box('dropped');
    };
    for (let round = 0; round < 20; round++) {
      leaveDying(5, told);
      gc();
      const mine = Box(`round ${round}`);
      const { mark } = Box(`next ${round}`);
      expect(mine.mark).toBe(`round ${round}`);
      expect(mark).toBe(`next ${round}`);
    }
    expect(deaths).toBeGreaterThan(50);
    expect(new Set(kept.map((box) => box.mark))).toEqual(new Set(['nested']));
  });

  test('keeps its object when the call that sweeps fails', () => {
    const { fail } = py.exec('def fail(): raise ValueError("x")', { out: ['fail'] });
    for (let round = 0; round < 20; round++) {
      const box = Box(round);
      gc();
      expect(() => fail()).toThrow('x');
      expect(box.mark).toBe(round);
    }
  });

  test('is none where the value is undefined', () => {
    const { caught } = py.exec(
      'def caught(f):\n  try:\n    f()\n  except BaseException as error:\n    return error',
      { out: ['caught'] },
    );
    const box = Box('mine');
    const thrower = (): never => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what is tested
      throw undefined;
    };
    expect(caught(thrower)).toBeUndefined();
    expect(box.mark).toBe('mine');
  });

  test('is let go without another call', async () => {
    const weak = (() => new WeakRef(Box('idle')))();
    // A look at it keeps it through the turn of the loop: none before the end.
    for (let i = 0; i < 10; i++) {
      await setImmediate();
      gc();
    }
    expect(weak.deref()).toBeUndefined();
  });
});
