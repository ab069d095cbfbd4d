import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { failure, type InlineFace, type InlineRow, lineHere } from './support/inline.ts';

const HERE = 'inline-faults-table.ts';

const refused: readonly (readonly [
  name: string,
  run: (py: InlineFace) => unknown,
  text: RegExp,
])[] = [
  [
    'inside quotes',
    (py) => py`print("${1}")`,
    /\$\{.+\} is inside a string literal.*write \$\{.+\} without the quotes/,
  ],
  [
    'inside quotes among text',
    (py) => py`'hello ${'x'}!'`,
    /without the quotes, or in the braces of an f-string: f'hello \{\$\{.+\}\}!'/,
  ],
  [
    'inside a long string',
    (py) => py`
    x = """
    ${1}
    """
  `,
    /inside a string literal/,
  ],
  ['in the text of an f-string', (py) => py`f"a ${1}"`, /inside a string literal/],
  ['in bytes', (py) => py`b'${1}'`, /inside a string literal/],
  ['in a comment', (py) => py`1 # ${2}`, /in a comment/],
  ['as an attribute', (py) => py`x.${'name'}`, /getattr/],
  ['as a keyword', (py) => py`dict(${'a'}=1)`, /is a value/],
  ['as a target', (py) => py`${'a'} = 1`, /is a value/],
  ['as part of a word', (py) => py`abc${1}`, /touches a word/],
];

/** What is refused, and where faults are said to be. */
export const inlineFaultsTable: readonly InlineRow[] = [
  ...refused.map(([name, run, text]) => ({
    name: `inline: a placeholder ${name} is a SyntaxError`,
    async run(face: InlineFace) {
      const error = await failure(() => run(face));
      expect(error).toBeInstanceOf(errors.SyntaxError);
      expect(error.message).toMatch(text);
      expect(error.message).not.toContain('_snakepit');
    },
  })),
  {
    name: 'inline: await in a synchronous place says what to do',
    synchronous: true,
    async run(face) {
      const error = await failure(() => face`await x`);
      expect(error.type).toBe('SyntaxError');
      expect(error.message).toMatch(/'await' needs an asynchronous face/);
    },
  },
  {
    name: 'inline: lines that might be one expression are not silently nothing',
    async run(face) {
      const error = await failure(
        () => face`
          ${1}
          + ${2}
        `,
      );
      expect(error.type).toBe('SyntaxError');
      expect(error.message).toMatch(/parentheses/);
    },
  },
  {
    name: 'inline: a frame names the file, the line and the column in TypeScript',
    async run(face) {
      const line = lineHere();
      const error = await failure(
        () => face`
          x = [${1}, ${{
            a: 1,
          }}]
          return x + missing
        `,
      );
      expect(error.type).toBe('NameError');
      expect(error.frames).toHaveLength(1);
      expect(error.frames[0]).toMatchObject({
        line: line + 6,
        col: 22,
        function: '<py>',
        code: 'return x + missing',
      });
      expect(error.frames[0]?.file.endsWith(HERE)).toBe(true);
      expect(error.stack).toContain(
        `at <py> (${error.frames[0]?.file ?? ''}:${String(line + 6)}:22)`,
      );
    },
  },
  {
    name: 'inline: a column behind a value is TypeScript’s too',
    async run(face) {
      const values = [1, 2];
      const error = await failure(() => face`${values} + missing`);
      expect(error.frames[0]).toMatchObject({ col: 58 });
      expect(error.frames[0]?.code).toContain('face`${values} + missing`');
    },
  },
  {
    name: 'inline: a frame of a function inside',
    async run(face) {
      const line = lineHere();
      const error = await failure(
        () => face`
          def inner():
              return 1 / 0
          return inner()
        `,
      );
      const lines = error.frames.map((frame) => [frame.function, frame.line - line]);
      expect(lines).toEqual([
        ['<py>', 5],
        ['<py>.<locals>.inner', 4],
      ]);
    },
  },
  {
    name: 'inline: a SyntaxError has its place in TypeScript',
    async run(face) {
      const line = lineHere();
      const error = await failure(
        () => face`
          x = 1
          y = = 2
        `,
      );
      expect(error.type).toBe('SyntaxError');
      expect(error.message).toBe(`invalid syntax (${HERE}, line ${String(line + 4)})`);
      expect(error.frames).toMatchObject([{ line: line + 4, code: 'y = = 2' }]);
    },
  },
  {
    name: 'inline: a fault is a fault each time',
    async run(face) {
      const at = (): any => face`1 +`;
      expect((await failure(at)).type).toBe('SyntaxError');
      expect((await failure(at)).type).toBe('SyntaxError');
    },
  },
  {
    name: 'inline: what is no template is refused',
    async run(face) {
      const call = Promise.resolve().then(() => (face as any)('1 + 1') as unknown);
      await expect(call).rejects.toThrow(/py\.exec/);
    },
  },
];
