import { inspect } from 'node:util';

import { expect } from 'vitest';

import { errors, type PythonError } from '../../src/errors/python-errors.ts';
import { type Kind, kinds } from './errors-kinds.ts';
import { failure } from './protocol-face.ts';
import type { Face, Row } from './table.ts';

let file = 0;

/** A function of the source, which Python can quote. */
export async function define(face: Face, source: string): Promise<any> {
  file += 1;
  const name = `errors-table-${String(file)}.py`;
  const builtins = face.import('builtins');
  const space = await builtins.dict([['__name__', '__main__']]);
  const lines = source.split('\n').map((line) => `${line}\n`);
  await face.import('linecache').cache.__setitem__(name, [1, null, lines, name]);
  await builtins.exec(await builtins.compile(source, name, 'exec'), space);
  return space.__getitem__('fail');
}

async function raised(face: Face, code: string): Promise<PythonError> {
  const fail = await define(face, `def fail():\n  ${code}\n`);
  return failure(() => fail());
}

const qualified = (name: string): string => (name.includes('.') ? name : `builtins.${name}`);

async function check(face: Face, kind: Kind): Promise<void> {
  const error = await raised(face, kind.code);
  const names = kind.mro.map(qualified);
  expect(error.mro.slice(0, 1)).toEqual(names.slice(0, 1));
  expect(error.mro).toEqual(expect.arrayContaining(names));
  for (const name of names) {
    if (!name.endsWith('.') && !/\s/.test(name)) expect(error).toBeInstanceOf(errors.get(name));
  }
  expect(error).toBeInstanceOf(errors.BaseException);
  expect(error).toBeInstanceOf(Error);
  expect(`${error.module}.`).toBe(
    names[0]?.startsWith(`${error.module}.`) ? `${error.module}.` : '',
  );
  if (typeof kind.message === 'string') expect(error.message).toBe(kind.message);
  else expect(error.message).toMatch(kind.message);
  if (kind.args !== undefined) expect([...error.args]).toEqual(kind.args);
  expect([error.notes, error.cause, error.errors]).toEqual([[], undefined, undefined]);
  const frame = error.frames.find((one) => one.function === 'fail');
  expect(frame?.file).toMatch(/^errors-table/);
  const line = `def fail():\n  ${kind.code}`.split('\n')[(frame?.line ?? 0) - 1];
  expect(frame?.code).toBe(line?.trim());
  // A recursion's outermost frames are left out.
  if (error.frames.length <= 100)
    expect(error.stack).toContain(`    at fail (${frame?.file ?? ''}:${String(frame?.line)}`);
  expect(error.stack.startsWith(error.name)).toBe(true);
  expect(inspect(error).length).toBeGreaterThan(0);
  expect(JSON.stringify(error)).toBe('{}');
}

const perKind: readonly Row[] = kinds.map((kind) => ({
  name: `raised: ${kind.code.replaceAll('\n', ' | ').slice(0, 90)}`,
  run: (face) => check(face, kind),
}));

const shapes: readonly Row[] = [
  {
    name: 'a cause, a context, and none of them after `from None`',
    async run(face) {
      const inner = 'try: {}["k"]\n  except KeyError as k:\n    raise ValueError("v")';
      const explicit = await raised(face, `${inner} from OSError("o")`);
      expect(explicit.cause).toBeInstanceOf(errors.OSError);
      const implicit = await raised(face, inner);
      expect(implicit.cause).toBeInstanceOf(errors.KeyError);
      expect((implicit.cause as PythonError).frames.at(-1)).toMatchObject({ line: 2, col: 8 });
      expect('cause' in (await raised(face, `${inner} from None`))).toBe(false);
    },
  },
  {
    name: 'a chain that leads back into itself ends',
    async run(face) {
      const error = await raised(
        face,
        'a, b = ValueError("a"), KeyError("b")\n  a.__cause__ = b; b.__cause__ = a\n  raise a',
      );
      expect(error.cause).toMatchObject({ type: 'KeyError' });
      expect(inspect(error)).toContain('KeyError');
    },
  },
  {
    name: 'a chain of thousands is cut',
    async run(face) {
      const error = await raised(
        face,
        'e = None\n  for i in range(5000):\n    n = ValueError(i); n.__cause__ = e; e = n\n  raise e',
      );
      let depth = 0;
      for (let one: unknown = error; one instanceof Error; one = one.cause) depth += 1;
      expect(depth).toBeGreaterThan(10);
      expect(depth).toBeLessThan(200);
    },
  },
  {
    name: 'notes are listed, and stand in the stack after the message',
    async run(face) {
      const error = await raised(
        face,
        'e = ValueError("v"); e.add_note("first"); e.add_note("second")\n  raise e',
      );
      expect(error.notes).toEqual(['first', 'second']);
      expect(error.stack).toMatch(/^ValueError: v\nfirst\nsecond\n {4}at fail /);
    },
  },
  {
    name: 'a group is an AggregateError, and has its members',
    async run(face) {
      const error = await raised(
        face,
        'raise ExceptionGroup("two", [ValueError("a"), ExceptionGroup("in", [KeyError("b")])])',
      );
      expect(error).toBeInstanceOf(AggregateError);
      expect(error).toBeInstanceOf(errors.ExceptionGroup);
      expect(error).toBeInstanceOf(errors.Exception);
      expect(error.message).toBe('two (2 sub-exceptions)');
      expect(error.errors?.[0]).toBeInstanceOf(errors.ValueError);
      expect(error.errors?.[1]).toBeInstanceOf(AggregateError);
      expect((error.errors?.[1] as PythonError).errors?.[0]).toBeInstanceOf(errors.KeyError);
      expect(error.frames.at(-1)).toMatchObject({ function: 'fail', line: 2 });
      expect(error.errors?.[0]).not.toBeInstanceOf(AggregateError);
    },
  },
  {
    name: 'a SyntaxError’s last frame is the place that the parser refused',
    async run(face) {
      const error = await raised(face, 'compile("a = 1\\nb = = 2\\n", "config.py", "exec")');
      expect(error.message).toBe('invalid syntax (config.py, line 2)');
      expect(error.frames.at(-1)).toEqual({
        ...{ file: 'config.py', line: 2, col: 5, function: '<module>', code: 'b = = 2' },
      });
      expect(error.stack).toMatch(/^SyntaxError: .*\n {4}at <module> \(config\.py:2:5\)\n/);
      const tabs = await raised(face, 'compile("if x:\\n\\ta\\n        b", "t.py", "exec")');
      expect(tabs).toBeInstanceOf(errors.SyntaxError);
      expect(tabs.frames.at(-1)?.file).toBe('t.py');
    },
  },
  {
    name: 'frames go from the call to the fault, the stack the other way',
    async run(face) {
      const fail = await define(
        face,
        'def inner(x):\n  return 1 / x\ndef fail(x):\n  y = x\n  return "ž", inner(y)\n',
      );
      const error: PythonError = await failure(() => fail(0));
      const frames = error.frames.slice(-2);
      expect(frames.map((one) => [one.function, one.line, one.col])).toEqual([
        ['fail', 5, 15],
        ['inner', 2, 10],
      ]);
      expect(frames[1]?.code).toBe('return 1 / x');
      const at = ['inner', 'fail', 'errors-table.ts'].map((text) => error.stack.indexOf(text));
      expect(at).toEqual(at.toSorted((a, b) => a - b));
      expect(at[0]).toBeGreaterThan(0);
    },
  },
  {
    name: 'nothing of a frame is kept alive',
    async run(face) {
      const fail = await define(
        face,
        'import weakref\nseen = weakref.WeakSet()\nclass Big: pass\n' +
          'def deep(): \n  b = Big(); seen.add(b); raise KeyError(1)\n' +
          'def fail(count):\n  if count: return len(seen)\n' +
          '  try: deep()\n  except KeyError:\n    b = Big(); seen.add(b); raise ValueError(2)\n',
      );
      const kept: PythonError[] = [];
      for (let i = 0; i < 5; i++) kept.push(await failure(() => fail(0)));
      expect(await fail(1)).toBe(0);
      expect(kept.every((one) => one.cause instanceof errors.KeyError)).toBe(true);
    },
  },
  {
    name: 'one exception that is raised again is an error of its own, of the same kind',
    async run(face) {
      const fail = await define(
        face,
        'e = ValueError("one")\ndef fail(n):\n  if n: raise e\n  raise e\n',
      );
      const [first, second] = [await failure(() => fail(1)), await failure(() => fail(0))];
      expect(first).not.toBe(second);
      expect([first.frames.at(-1)?.line, second.frames.at(-1)?.line]).toEqual([3, 4]);
    },
  },
];

export const errorsTable: readonly Row[] = [...perKind, ...shapes];
