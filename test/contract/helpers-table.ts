import { expect } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { errors } from '../../src/errors/python-errors.ts';
import { failure, type InlineFace } from './support/inline.ts';

/** A placement that was opened for test/fixtures/project, whose packs these are. */
export interface HelpersFace extends InlineFace {
  readonly helpers: any;
}

export interface HelpersRow {
  readonly name: string;
  run(face: HelpersFace): void | Promise<void>;
}

/** Helper packs: files of Python that are called by name. */
export const helpersTable: readonly HelpersRow[] = [
  {
    name: 'helpers: a function of a pack, with keywords',
    async run({ helpers }) {
      expect(await helpers.stats.spread([1, 3])).toBe(1);
      expect(await helpers.stats.spread(new Float64Array([1, 3]), kw({ scale: 10 }))).toBe(10);
    },
  },
  {
    name: 'helpers: a pack imports the files beside it',
    async run({ helpers }) {
      expect(await helpers.stats.root(16)).toBe(4);
    },
  },
  {
    name: 'helpers: an exception has the name of its pack',
    async run({ helpers }) {
      const error = await failure(() => helpers.stats.root(1001));
      expect(error).toBeInstanceOf(errors.get('snakepit_helpers.stats.OutOfBounds'));
      expect(error).toBeInstanceOf(errors.ValueError);
      expect(error.frames.at(-1)).toMatchObject({ function: 'root', line: 24 });
      expect(error.frames.at(-1)?.file).toMatch(/python\/helpers\/stats\.py$/);
    },
  },
  {
    name: 'helpers: a broken pack is named, with its file and what Python said; others work',
    async run({ helpers }) {
      for (const [name, reason] of [
        ['broken', /SyntaxError: invalid syntax \(broken\.py, line 4\)/],
        ['leaves', /SystemExit: 3/],
      ] as const) {
        const error = await failure(() => helpers[name].f());
        expect(error).toBeInstanceOf(errors.ImportError);
        expect(error.message).toMatch(`the helper pack '${name}' (`);
        expect(error.message).toMatch(`python/helpers/${name}.py) cannot be loaded`);
        expect(error.message).toMatch(reason);
        expect(error.cause).toBeInstanceOf(errors.BaseException);
      }
      expect(await helpers.stats.root(4)).toBe(2);
    },
  },
  {
    name: 'helpers: a pack that is not there names those that are',
    async run({ helpers }) {
      const error = await failure(() => helpers.nope.f());
      expect(error).toBeInstanceOf(errors.AttributeError);
      expect(error.message).toMatch(/no helper pack 'nope'/);
      expect(error.message).toMatch(/broken, leaves, stats, sympy/);
    },
  },
  {
    name: 'helpers: what a pack does not offer is an AttributeError',
    async run({ helpers }) {
      const error = await failure(() => helpers.stats.spreed([1]));
      expect(error).toBeInstanceOf(errors.AttributeError);
      expect(error.message).toMatch(/offers no 'spreed'.*Did you mean: 'spread'/);
      expect((await failure(() => helpers.stats._hidden())).message).toMatch(/private/);
    },
  },
];
