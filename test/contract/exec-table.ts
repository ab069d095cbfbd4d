import { expect } from 'vitest';

import { failure, type InlineRow, lineHere } from './support/inline.ts';

const HERE = 'exec-table.ts';

/** `exec`: code in a fresh namespace. */
export const execTable: readonly InlineRow[] = [
  {
    name: 'exec: binds names and gives others back',
    async run(face) {
      const code = `
        import math
        y = math.sqrt(x)
        z = x + 1
      `;
      expect(await face.exec(code, { in: { x: 16 }, out: ['y', 'z'] })).toEqual({ y: 4, z: 17 });
    },
  },
  {
    name: 'exec: without options gives an empty object',
    async run(face) {
      expect(await face.exec('x = 1')).toEqual({});
    },
  },
  {
    name: 'exec: functions see the names around them',
    async run(face) {
      const code = 'k = 3\ndef f(x):\n    return g(x) + k\ndef g(x):\n    return x * 2\ny = f(a)';
      expect((await face.exec(code, { in: { a: 5 }, out: ['y'] })).y).toBe(13);
    },
  },
  {
    name: 'exec: each run has a fresh namespace',
    async run(face) {
      await face.exec('leak = 1');
      const error = await failure(() => face.exec('y = leak', { out: ['y'] }));
      expect(error.type).toBe('NameError');
    },
  },
  {
    name: 'exec: a name that is not there is a NameError',
    async run(face) {
      const error = await failure(() => face.exec('x = 1', { out: ['x', 'y', 'z'] }));
      expect(error.type).toBe('NameError');
      expect(error.message).toBe('the code left no value for y, z, which `out` asks for');
    },
  },
  {
    name: 'exec: a name that Python cannot spell is refused',
    async run(face) {
      const error = await failure(() => face.exec('x = 1', { in: { 'a b': 1 } }));
      expect(error.message).toMatch(/'a b' in `in` is no name/);
    },
  },
  {
    name: 'exec: frames of a literal name the line in TypeScript',
    async run(face) {
      const line = lineHere();
      const error = await failure(() =>
        face.exec(`
          x = 1
          x / 0
        `),
      );
      expect(error.frames).toMatchObject([{ line: line + 4, col: 11, code: 'x / 0' }]);
      expect(error.frames[0]?.file.endsWith(HERE)).toBe(true);
    },
  },
  {
    name: 'exec: frames of other code name the call, and show the code',
    async run(face) {
      const line = lineHere() + 2;
      const code = ['x = 1', 'x / 0'].join('\n');
      const error = await failure(() => face.exec(code));
      expect(error.frames).toMatchObject([{ line: 2, col: 1, code: 'x / 0' }]);
      expect(error.frames[0]?.file).toMatch(/^<py\.exec at .*exec-table\.ts:\d+>$/);
      expect(error.frames[0]?.file).toContain(`:${String(line)}>`);
    },
  },
  {
    name: 'exec: a SyntaxError names the call',
    async run(face) {
      const code = ['x = 1', 'y = = 2'].join('\n');
      const error = await failure(() => face.exec(code));
      expect(error.type).toBe('SyntaxError');
      expect(error.message).toMatch(
        /^invalid syntax \(<py\.exec at exec-table\.ts:\d+>, line 2\)$/,
      );
    },
  },
  {
    name: 'exec: options are checked',
    async run(face) {
      const call = (code: unknown, options?: unknown) => (): Promise<unknown> =>
        Promise.resolve().then(() => (face as any).exec(code, options) as unknown);
      await expect(call(5)).rejects.toThrow(/py\.exec\(\) takes Python code as a text, got 5/);
      await expect(call('1', { inn: {} })).rejects.toThrow(/inn: unknown option/);
      await expect(call('1', { out: 'y' })).rejects.toThrow(/exec options\.out: expected an array/);
      await expect(call('1', { in: [1] })).rejects.toThrow(/exec options\.in: expected an object/);
    },
  },
];
