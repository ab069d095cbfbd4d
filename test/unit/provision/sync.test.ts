import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { sha256File } from '../../../src/provision/hash.ts';
import { locate } from '../../../src/provision/locate.ts';
import type { SyncResult } from '../../../src/contract/sync.ts';
import { sync } from '../../../src/provision/provision.ts';
import { readStamp } from '../../../src/provision/stamp.ts';
import { packManaged } from './managed-archive.ts';
import {
  EMPTY_PROJECT,
  environment,
  NO_PATH,
  noDownloads,
  NOTHING,
  NUMPY_PROJECT,
  projectOf,
  pyenvPythons,
  REPOSITORY,
  testUv,
} from './support.ts';

const pythons = pyenvPythons();
const recent = Object.keys(pythons).filter((version) => /^3\.1[1-4]\./.test(version));
const [older = '', newer = ''] = [recent[0], recent.at(-1)];

let uv: string;
beforeAll(async () => {
  uv = await testUv();
});

interface Synced extends SyncResult {
  readonly lines: readonly string[];
}

async function run(
  project: string,
  changes: Record<string, string | undefined> = {},
): Promise<Synced> {
  const lines: string[] = [];
  const env = environment({
    SNAKEPIT_UV: uv,
    UV_PYTHON_DOWNLOADS_JSON_URL: noDownloads(),
    ...changes,
  });
  const done = await sync({ project, env, onProgress: (line) => lines.push(line) });
  return { ...done, lines };
}

const ask = (python: string, code: string): string =>
  execFileSync(python, ['-I', '-c', code]).toString().trim();

describe.runIf(recent.length > 1)('sync', () => {
  test('makes an environment with what pyproject.toml names, and notes it', async () => {
    const project = projectOf(NUMPY_PROJECT);
    const done = await run(project, { SNAKEPIT_PYTHON: pythons[older] });
    expect(done).toMatchObject({ changed: true, source: 'system', version: older });
    expect(done.packages).toEqual({ numpy: '2.4.6' });
    const code = 'import sys, numpy; print(sys.prefix, numpy.__version__, numpy.__file__)';
    const prefix = join(done.executable, '../..');
    expect(ask(done.executable, code)).toBe(
      `${prefix} 2.4.6 ${prefix}/lib/python${older.slice(0, 4)}/site-packages/numpy/__init__.py`,
    );
    // Copied files: a hard link would let an edit here reach uv's cache, and other projects.
    const file = join(prefix, `lib/python${older.slice(0, 4)}/site-packages/numpy/__init__.py`);
    expect(statSync(file).nlink).toBe(1);
    const stamp = readStamp(project);
    expect(stamp?.python.libpython).toMatchObject({ sha256: sha256File(done.libpython) });
    expect(readFileSync(join(project, '.snakepit/.gitignore'), 'utf8')).toBe('*\n');
    const lock = readFileSync(join(project, 'snakepit.lock'), 'utf8');
    expect(lock).toMatch(/^name = "numpy"\nversion = "2\.4\.6"\nhashes = \[\n {2}"sha256:/m);
    expect(lock).not.toContain('://');
    expect(locate(project).executable).toBe(done.executable);
  });

  test('again: nothing to do, and nothing is asked of the network, uv or Python', async () => {
    const project = projectOf(NUMPY_PROJECT);
    const first = await run(project, { SNAKEPIT_PYTHON: pythons[older] });
    const again = await run(project, NOTHING);
    expect(again).toMatchObject({ changed: false, lines: [], executable: first.executable });
    // A comment changes nothing either; the next open() need not parse the file.
    appendFileSync(join(project, 'pyproject.toml'), '\n# a remark\n');
    expect(await run(project, NOTHING)).toMatchObject({ changed: false });
    expect(readStamp(project)?.pyproject.size).toBe(statSync(join(project, 'pyproject.toml')).size);
  });

  test('a changed list of packages gives a new environment; the old one stays for its users', async () => {
    const project = projectOf(EMPTY_PROJECT);
    const first = await run(project, { SNAKEPIT_PYTHON: pythons[older] });
    expect(first.packages).toEqual({});
    writeFileSync(join(project, 'pyproject.toml'), NUMPY_PROJECT);
    expect(() => locate(project)).toThrow(/asks for other packages .* sync/);
    const second = await run(project, { PATH: NO_PATH });
    expect(second.lines).toContain(`python: CPython ${older}, system, as in .snakepit/local.lock`);
    expect(second.executable).not.toBe(first.executable);
    expect(existsSync(first.executable)).toBe(true);
    expect(locate(project).executable).toBe(second.executable);
  });

  test('another SNAKEPIT_PYTHON gives that one, with the same resolved versions', async () => {
    const project = projectOf(NUMPY_PROJECT);
    const first = await run(project, { SNAKEPIT_PYTHON: pythons[older] });
    const second = await run(project, { SNAKEPIT_PYTHON: pythons[newer] });
    expect([first.version, second.version]).toEqual([older, newer]);
    expect(second.lines).not.toContain('resolving 1 requirements for all platforms');
    expect(ask(second.executable, 'import numpy; print(numpy.__version__)')).toBe('2.4.6');
    const back = await run(project, { SNAKEPIT_PYTHON: pythons[older] });
    expect(back.executable).toBe(first.executable);
    expect(back.lines).toContain('packages: already installed');
  });

  test('several at once: one provisions, all succeed', async () => {
    const project = projectOf(NUMPY_PROJECT);
    const main = join(REPOSITORY, 'dist/cli/main.js');
    const env = environment({ SNAKEPIT_UV: uv, SNAKEPIT_PYTHON: pythons[older] });
    const runs = Array.from({ length: 3 }, async () => {
      const child = spawn(process.execPath, [main, 'sync', '--project', project], { env });
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const code = await new Promise((resolve) => child.on('close', resolve));
      return { code, text };
    });
    const all = await Promise.all(runs);
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(all.filter(({ text }) => text.includes('installing packages'))).toHaveLength(1);
    expect(readdirSync(join(project, '.snakepit/envs'))).toHaveLength(1);
  });

  test('a sync that failed leaves the project as it was', async () => {
    const project = projectOf(EMPTY_PROJECT);
    const first = await run(project, { SNAKEPIT_PYTHON: pythons[older] });
    const wrong = NUMPY_PROJECT.replace('numpy==2.4.6', 'numpy==0.0.77');
    writeFileSync(join(project, 'pyproject.toml'), wrong);
    const failure = run(project);
    await expect(failure).rejects.toMatchObject({ code: 'ERR_PROVISION' });
    await expect(failure).rejects.toThrow(
      /requirements in pyproject\.toml could not be resolved\. uv said:[^]*numpy==0\.0\.77/,
    );
    await expect(failure).rejects.not.toThrow(/https?:\/\/[a-z]/);
    expect(readStamp(project)?.python.venv).toBe(first.executable);
    writeFileSync(join(project, 'pyproject.toml'), EMPTY_PROJECT);
    expect(locate(project).executable).toBe(first.executable);
  });

  test("with the index out of reach, uv's cache will do", async () => {
    const changes = {
      SNAKEPIT_PYTHON: pythons[older],
      // What was fetched must be there under the address of the very index that is used.
      UV_CACHE_DIR: join(projectOf(''), 'cache'),
    };
    await run(projectOf(NUMPY_PROJECT), changes);
    const cut = { HTTPS_PROXY: 'http://localhost:1', NO_PROXY: undefined, no_proxy: undefined };
    const offline = { ...changes, ...cut, https_proxy: undefined, UV_HTTP_RETRIES: '0' };
    const done = await run(projectOf(NUMPY_PROJECT.replace('numpy==', 'numpy == ')), offline);
    expect(done.packages).toEqual({ numpy: '2.4.6' });
    expect(done.lines.join('\n')).toContain('what was needed is in the cache');
    // What is not in the cache is one error, which says why.
    const more = projectOf(NUMPY_PROJECT.replace('numpy==2.4.6', 'packaging==26.3'));
    await expect(run(more, offline)).rejects.toThrow(/uv said:[^]*(Failed to fetch|error sending)/);
  });

  test('a requirement that is none', async () => {
    const project = projectOf(NUMPY_PROJECT.replace('numpy==2.4.6', '--index-url=http://evil'));
    const failure = run(project, { SNAKEPIT_PYTHON: pythons[older] });
    await expect(failure).rejects.toMatchObject({ code: 'ERR_PROJECT' });
    await expect(failure).rejects.toThrow(/and "--index-url=http:\/\/…" is none/);
    expect(existsSync(join(project, '.snakepit'))).toBe(false);
  });

  test('a file where the folder .snakepit must be', async () => {
    const project = projectOf(EMPTY_PROJECT);
    writeFileSync(join(project, '.snakepit'), '');
    const failure = run(project, { SNAKEPIT_PYTHON: pythons[older] });
    await expect(failure).rejects.toMatchObject({ code: 'ERR_PROVISION' });
    await expect(failure).rejects.toThrow(/\.snakepit is no folder \(EEXIST.* Remove or rename it/);
  });

  test('reached by a link, the project is the same one', async () => {
    const project = projectOf(EMPTY_PROJECT);
    const link = join(projectOf(''), 'link');
    symlinkSync(project, link);
    await run(link, { SNAKEPIT_PYTHON: pythons[older] });
    expect(locate(link).executable).toBe(locate(project).executable);
    expect(await run(project, NOTHING)).toMatchObject({ changed: false });
  });
});

describe.runIf(process.platform === 'linux' && recent.length > 0)('a managed CPython', () => {
  let list: string;
  beforeAll(() => {
    list = packManaged(realpathSync(pythons[newer] ?? ''), newer);
  });

  test('is installed into the project, and put right when a byte of it changed', async () => {
    const project = projectOf(EMPTY_PROJECT);
    const changes = { UV_PYTHON_DOWNLOADS_JSON_URL: list };
    const done = await run(project, changes);
    expect(done).toMatchObject({ source: 'managed', version: newer });
    expect(done.libpython.startsWith(join(realpathSync(project), '.snakepit/python/'))).toBe(true);
    expect(done.lines.join('\n')).toContain(`CPython ${newer}, managed (installed by uv into`);

    const bytes = readFileSync(done.libpython);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(done.libpython, bytes);
    expect(() => locate(project)).toThrow(
      expect.objectContaining({
        code: 'ERR_LOCK_MISMATCH',
        message: expect.stringMatching(
          /the libpython .*libpython3\S+ is not the one .*: expected sha256 \w{64}, found \w{64}\. Refusing to start it\. Run `npx snakepit sync --project/,
        ) as string,
      }) as Error,
    );
    const repaired = await run(project, changes);
    expect(repaired.lines.join('\n')).toContain('in .snakepit was changed; unpacked anew');
    expect(sha256File(repaired.libpython)).toBe(readStamp(project)?.python.libpython.sha256);
    expect(locate(project).version).toBe(newer);
  });

  test('whose archive has another hash than its list says is refused', async () => {
    const broken = join(projectOf(''), 'downloads.json');
    const text = readFileSync(list, 'utf8').replace(/"sha256":"\w{4}/, '"sha256":"0000');
    writeFileSync(broken, text);
    const failure = run(projectOf(EMPTY_PROJECT), {
      UV_PYTHON_DOWNLOADS_JSON_URL: broken,
    });
    // Not a case for another interpreter: somebody serves changed bytes.
    await expect(failure).rejects.toMatchObject({ code: 'ERR_PROVISION' });
    await expect(failure).rejects.toThrow(
      /is not the published one: refused\. uv said:[^]*Hash mismatch/,
    );
  });
});
