import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { locate } from '../../../src/provision/locate.ts';
import { lock } from '../../../src/provision/make-lock.ts';
import { sync } from '../../../src/provision/provision.ts';
import { verify } from '../../../src/provision/verify.ts';
import { copyTree } from './copy-python.ts';
import type { LocalIndex } from './local-index.ts';
import {
  type Changes,
  lockOf,
  mismatch,
  newer,
  older,
  projectWith,
  pythons,
  recent,
  settingsFor,
  tinyIndex,
} from './locked-support.ts';

let index: LocalIndex;
beforeEach(() => {
  index = tinyIndex();
});
const settings = (changes: Changes = {}): { env: NodeJS.ProcessEnv } => settingsFor(index, changes);

describe.runIf(recent.length > 1)('a lock', () => {
  test('twice, and in two folders: the same bytes, and no address in them', async () => {
    const [one, two] = [projectWith('tiny'), projectWith('tiny')];
    expect(await lock({ project: one, ...settings() })).toMatchObject({
      changed: true,
      packages: 2,
      platforms: [],
      local: true,
    });
    const first = lockOf(one);
    expect(first).toMatch(
      /name = "below"\nversion = "1\.5"\nhashes = \[\n {2}"sha256:\w{64}",\n\]/,
    );
    expect(first).not.toMatch(/:\/\/|\/tmp|\/home|\/root/);
    expect((await lock({ project: one, ...settings() })).changed).toBe(false);
    await lock({ project: two, ...settings({ SNAKEPIT_PYTHON: pythons[newer] }) });
    expect(lockOf(two)).toBe(first);
    rmSync(join(one, '.snakepit'), { recursive: true });
    rmSync(join(one, 'snakepit.lock'));
    await sync({ project: one, ...settings() });
    expect(lockOf(one)).toBe(first);
  });

  test('keeps versions while they fit; --upgrade chooses anew; a uv.lock constrains', async () => {
    const project = projectWith('tiny');
    await sync({ project, ...settings() });
    index.add('below', '1.6');
    index.add('other', '1.0');
    const path = join(project, 'pyproject.toml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"tiny"', '"tiny", "other"'));
    const { packages } = await sync({ project, ...settings() });
    expect(packages).toEqual({ below: '1.5', other: '1.0', tiny: '1.0' });
    await lock({ project, upgrade: true, ...settings() });
    expect(lockOf(project)).toContain('version = "1.6"');
    const uvLock = '[[package]]\nname = "below"\nversion = "1.5"\nsource = { registry = "x" }\n';
    writeFileSync(join(project, 'uv.lock'), uvLock);
    expect((await sync({ project, ...settings() })).packages).toMatchObject({ below: '1.5' });
  });

  test('has what npm packages need of Python', async () => {
    const project = projectWith('below');
    const npm = join(project, 'node_modules/needs-tiny');
    mkdirSync(npm, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{"dependencies":{"needs-tiny":"1"}}');
    const manifest = (python: unknown): void => {
      const text = JSON.stringify({ name: 'needs-tiny', snakepit: { python } });
      writeFileSync(join(npm, 'package.json'), text);
    };
    manifest(['tiny>=1']);
    const { packages } = await sync({ project, ...settings() });
    expect(packages).toEqual({ below: '1.5', tiny: '1.0' });
    // Another need later: only a sync looks into npm packages, and it does.
    manifest(['tiny>=2']);
    expect(locate(project).project).toBe(project);
    await expect(sync({ project, frozen: true, ...settings() })).rejects.toThrow(
      mismatch(/was made for other needs than pyproject\.toml, the npm packages/),
    );
    manifest(['--index-url=x']);
    await expect(sync({ project, ...settings() })).rejects.toThrow(
      /"snakepit\.python" in the package\.json of the npm package needs-tiny must be a list/,
    );
  });
});

describe.runIf(recent.length > 1)('frozen', () => {
  test('changes nothing: no lock, another need, no interpreter are errors', async () => {
    const project = projectWith('tiny');
    await expect(sync({ project, frozen: true, ...settings() })).rejects.toThrow(
      /there is no snakepit\.lock in .*, and sync is frozen\. Run `npx snakepit lock`/,
    );
    await lock({
      project,
      ...settings({ SNAKEPIT_PYTHON: undefined, PATH: join(pythons[older] ?? '', '..') }),
    });
    const frozen = settings({ SNAKEPIT_FROZEN: '1', SNAKEPIT_PYTHON: undefined });
    const before = lockOf(project);
    expect(await sync({ project, ...frozen })).toMatchObject({ changed: true, version: older });
    expect(lockOf(project)).toBe(before);
    expect(verify({ project, deep: true })).toMatchObject({ packages: 2, files: 12 });
    await expect(lock({ project, ...frozen })).rejects.toThrow(/SNAKEPIT_FROZEN is set/);
    // Another machine has no local.lock.
    rmSync(join(project, '.snakepit'), { recursive: true });
    await expect(sync({ project, ...frozen })).rejects.toThrow(
      mismatch(
        /snakepit\.lock has no interpreter for \S+, and there is no .*`npx snakepit lock --system`/,
      ),
    );
    appendFileSync(join(project, 'pyproject.toml'), '[tool.snakepit]\naccelerator = "cpu"\n');
    await expect(sync({ project, ...settings({ CI: '1' }) })).rejects.toThrow(
      mismatch(/made for other needs .*: expected \w{64}, found \w{64}\. Run/),
    );
  });

  test('an interpreter of the machine that changed: locked again, but not under CI', async () => {
    const tree = copyTree(pythons[older] ?? '');
    const project = projectWith('tiny');
    await sync({ project, ...settings({ SNAKEPIT_PYTHON: tree.python }) });
    const unset = { SNAKEPIT_PYTHON: undefined, PATH: join(tree.python, '..') };
    appendFileSync(tree.executable, '\0'); // an update of the machine's Python
    expect(() => locate(project)).toThrow(mismatch(/the interpreter .* is not the one/));
    await expect(sync({ project, ...settings({ ...unset, CI: 'true' }) })).rejects.toThrow(
      mismatch(
        /is not the one that \.snakepit\/local\.lock names: .* expected sha256 \w{64}, found \w{64}/,
      ),
    );
    const lines: string[] = [];
    await sync({ project, ...settings(unset), onProgress: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(
      /of \.snakepit\/local\.lock does not fit here .*\n.*\n.*on PATH/,
    );
    expect(locate(project).version).toBe(older);
    expect(verify({ project, deep: true }).packages).toBe(2);
  });

  test('lock --system commits the interpreter of an image', async () => {
    const project = projectWith('tiny');
    const done = await lock({ project, system: true, ...settings() });
    expect(done).toMatchObject({ local: false, platforms: [expect.any(String)] });
    expect(existsSync(join(project, '.snakepit/local.lock'))).toBe(false);
    const image = settings({
      SNAKEPIT_FROZEN: '1',
      SNAKEPIT_PYTHON: undefined,
      PATH: '/nonexistent',
    });
    expect(await sync({ project, ...image })).toMatchObject({ source: 'system', version: older });
  });
});
