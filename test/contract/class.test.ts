import { beforeAll, describe, expect, it } from 'vitest';

import { isKw, kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import type { PythonFace } from '../../src/in-process/open.ts';
import { open } from '../../src/runtime/create-runtime.ts';

describe('py.class', () => {
  let py: PythonFace;

  beforeAll(() => {
    const project = process.env['SNAKEPIT_TEST_PROJECT'];
    py = open(project === undefined ? {} : { project });
  });

  it('has methods whose `this` is the object, and attributes', () => {
    const Point = py.class(null, {
      __name__: 'Point',
      unit: 'm',
      __init__(this: any, x: number, y: number) {
        this.x = x;
        this.y = y;
      },
      norm(this: any) {
        return Math.hypot(this.x, this.y);
      },
      __repr__(this: any) {
        return `Point(${String(this.x)}, ${String(this.y)})`;
      },
    });
    const point = new Point(3, 4);
    expect(point.norm()).toBe(5);
    expect(Point.norm(point)).toBe(5);
    expect(py`repr(${point}) + ${point}.unit`).toBe('Point(3, 4)m');
    expect(Point.__name__).toBe('Point');
    expect(point instanceof Point).toBe(true);
    expect(py.isinstance(point, Point)).toBe(true);
  });

  it('derives from a Python class, and reaches its methods', () => {
    const Upper: any = py.class(py.import('json').JSONEncoder, {
      __init__(this: any, ...args: unknown[]) {
        py.builtins.super(Upper, this).__init__(...args);
        this.seen = 0;
      },
      default(this: any, value: unknown) {
        this.seen = Number(this.seen) + 1;
        if (py.isinstance(value, py.builtins.complex)) return 'complex';
        return py.builtins.super(Upper, this).default(value);
      },
    });
    const { dumps } = py.import('json');
    const number = py`1 + 2j`;
    expect(dumps([number, 1], kw({ cls: Upper, indent: null }))).toBe('["complex", 1]');
    expect(() => dumps(py.builtins.object(), kw({ cls: Upper }))).toThrow(errors.TypeError);
    expect(Upper.__name__).toBe('JsJSONEncoder');
  });

  it('is used by Python through its protocols', () => {
    const Countdown = py.class(py.import('collections.abc').Sequence, {
      __len__: () => 3,
      // A Python exception that was caught here is the same one there.
      __getitem__: (i: number) => py.builtins.range(3, 0, -1).$at(i),
    });
    expect(py`list(${Countdown()})`.$toJS()).toEqual([3, 2, 1]);
    expect(py`2 in ${Countdown()}`).toBe(true);
  });

  it('has properties from getters and setters', () => {
    const seen: unknown[] = [];
    const Box = py.class(null, {
      get twice(): number {
        return (this as any).value * 2;
      },
      set twice(value: number) {
        seen.push(value);
        (this as any).value = value / 2;
      },
      get fixed() {
        return 1;
      },
    });
    const box = Box();
    box.twice = 10;
    expect([box.value, box.twice, box.fixed]).toEqual([5, 10, 1]);
    expect(seen).toEqual([10]);
    expect(() => {
      box.fixed = 2;
    }).toThrow(errors.AttributeError);
  });

  it('takes several bases, static methods and keywords', () => {
    const { A, B } = py.exec(
      'class A:\n  def a(self): return "a"\nclass B:\n  def b(self): return "b"',
      { out: ['A', 'B'] },
    );
    const Both = py.class([A, B], {
      of: py.builtins.staticmethod((x: number) => x + 1),
      named(...args: unknown[]) {
        const last = args.at(-1);
        return isKw(last) ? Object.keys(last.values).join() : 'none';
      },
    });
    const both = Both();
    expect([both.a(), both.b(), Both.of(1), both.named(kw({ k: 1 })), both.named()]).toEqual([
      'a',
      'b',
      2,
      'k',
      'none',
    ]);
  });

  it('lets the error of a method through as it is', () => {
    const error = new RangeError('mine');
    const Faulty = py.class(null, {
      run: () => {
        throw error;
      },
    });
    expect(() => py`${Faulty()}.run()`).toThrow(error);
  });

  it('refuses what is no class and no members', () => {
    expect(() => py.class(5, {})).toThrow(/takes a Python class as its base, got 5/);
    expect(() => py.class(null, 5 as never)).toThrow(/members: expected an object, got 5/);
    expect(() => py.class(null, { __name__: 5 })).toThrow(/__name__ is the class's name/);
  });
});
