import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { locate } from '../../../src/provision/locate.ts';
import { lock } from '../../../src/provision/make-lock.ts';
import { sync } from '../../../src/provision/provision.ts';
import { verify } from '../../../src/provision/verify.ts';
import type { LocalIndex } from './local-index.ts';
import {
  type Changes,
  flip,
  mismatch,
  older,
  projectWith,
  recent,
  settingsFor,
  tinyIndex,
} from './locked-support.ts';

let index: LocalIndex;
beforeEach(() => {
  index = tinyIndex();
});
const settings = (changes: Changes = {}): { env: NodeJS.ProcessEnv } => settingsFor(index, changes);

describe.runIf(recent.length > 1)('one changed byte', () => {
  test('of a locked wheel: not installed, with both hashes', async () => {
    const project = projectWith('below');
    await lock({ project, ...settings() });
    index.add('below', '1.5', { source: 'VERSION = "evil"\n' });
    const UV_CACHE_DIR = join(project, 'cache');
    const failure = sync({
      project,
      frozen: true,
      ...settings({ UV_CACHE_DIR, SNAKEPIT_PYTHON: undefined }),
    });
    await expect(failure).rejects.toThrow(
      mismatch(/is not the one that snakepit\.lock names[^]*sha256:\w{64}[^]*sha256:\w{64}/),
    );
    expect(() => locate(project)).toThrow(/has no Python yet/);
  });

  test('of the lock', async () => {
    const project = projectWith('below');
    await sync({ project, ...settings() });
    flip(join(project, 'snakepit.lock'), 150);
    expect(() => locate(project)).toThrow(
      mismatch(/snakepit\.lock is not the one that was installed/),
    );
    const told = mismatch(
      /snakepit\.lock was changed after .*expected sha256 \w{64}, found \w{64}/,
    );
    expect(() => verify({ project })).toThrow(told);
    await expect(sync({ project, ...settings() })).rejects.toThrow(told);
    await lock({ project, ...settings() });
    expect((await sync({ project, ...settings() })).packages).toEqual({ below: '1.5' });
    expect(locate(project).version).toBe(older);
  });

  test("of a package's file, of a RECORD, and one file too many", async () => {
    const project = projectWith('tiny');
    const { executable } = await sync({ project, ...settings() });
    const site = join(executable, `../../lib/python${older.slice(0, 4)}/site-packages`);
    const mend = String.raw`expected sha256 \S+.*, found .*\. Run \`npx snakepit sync --project \S+ --reinstall\``;
    const told = (file: string): Error => mismatch(new RegExp(`${file} is not as locked: ${mend}`));
    flip(join(site, 'tiny.py'), 3);
    verify({ project });
    expect(() => verify({ project, deep: true })).toThrow(told('tiny.py'));
    const again = await sync({ project, reinstall: true, ...settings() });
    expect(verify({ project, deep: true }).files).toBe(12);
    const now = join(again.executable, `../../lib/python${older.slice(0, 4)}/site-packages`);
    writeFileSync(join(now, 'planted.pth'), 'import os\n');
    expect(() => verify({ project, deep: true })).toThrow(told('planted.pth'));
    rmSync(join(now, 'planted.pth'));
    flip(join(now, 'below-1.5.dist-info/RECORD'), 10);
    expect(() => verify({ project })).toThrow(told('RECORD'));
    flip(join(now, 'below-1.5.dist-info/RECORD'), 10);
    flip(join(again.executable, '../../pyvenv.cfg'), 3);
    expect(() => verify({ project })).toThrow(told('pyvenv.cfg'));
  });
});
