import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { locate } from '../../../src/provision/locate.ts';
import { hashInputs, readInputs } from '../../../src/provision/project.ts';
import {
  markOf,
  recordFile,
  type Stamp,
  stampPath,
  writeStamp,
} from '../../../src/provision/stamp.ts';
import { EMPTY_PROJECT, projectOf, pyenvPythons, temporary } from './support.ts';

const pythons = pyenvPythons();
const version = Object.keys(pythons).find((name) => /^3\.1[1-4]\./.test(name)) ?? '';

/** A synced project whose interpreter is a copy, so that tests may damage it. */
function synced(): { project: string; executable: string; libpython: string } {
  const project = realpathSync(projectOf(EMPTY_PROJECT));
  const home = join(project, '.snakepit');
  mkdirSync(home);
  const name = `libpython${version.slice(0, 4)}.so.1.0`;
  const [executable, libpython] = [join(home, 'python3'), join(home, name)];
  copyFileSync(realpathSync(pythons[version] ?? ''), executable);
  copyFileSync(join(pythons[version] ?? '', '../../lib', name), libpython);
  const pyproject = markOf(join(project, 'pyproject.toml'));
  if (pyproject === undefined) throw new Error('no pyproject.toml');
  const lock = join(project, 'snakepit.lock');
  writeFileSync(lock, 'what a lock says, locate does not read');
  const stamp: Stamp = {
    version: 2,
    project,
    inputs: hashInputs(readInputs(project)),
    pyproject,
    needs: '',
    lock: recordFile(lock),
    local: null,
    requested: null,
    uv: '0',
    source: 'system',
    python: {
      version,
      executable: recordFile(executable),
      libpython: recordFile(libpython),
      venv: executable,
      openssl: null,
      zlib: null,
    },
    packages: {},
    records: '',
  };
  writeStamp(stamp);
  return { project, executable, libpython };
}

/** Changes one byte, and sets the time stamps back as a careful intruder would. */
function flip(path: string): void {
  const { atime, mtime } = statSync(path);
  const bytes = readFileSync(path);
  bytes[2000] = (bytes[2000] ?? 0) ^ 1;
  chmodSync(path, 0o755);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

test('a project that was never synced is ERR_NOT_SYNCED and says which command to run', () => {
  const project = projectOf(EMPTY_PROJECT);
  expect(() => locate(project)).toThrow(
    expect.objectContaining({
      code: 'ERR_NOT_SYNCED',
      message: `${project} has no Python yet. Run \`npx snakepit sync --project ${project}\`.`,
    }) as Error,
  );
});

test('a folder that is no project', () => {
  const folder = temporary();
  expect(() => locate(folder)).toThrow(/no pyproject\.toml in .* Make one that lists/);
});

describe.runIf(version !== '')('a synced project', () => {
  let place: ReturnType<typeof synced>;
  beforeEach(() => {
    place = synced();
  });

  test('gives its files', () => {
    expect(locate(place.project)).toEqual({
      project: place.project,
      version,
      executable: place.executable,
      libpython: place.libpython,
      openssl: null,
      zlib: null,
    });
  });

  test.each(['libpython', 'executable'] as const)('one changed byte of its %s', (which) => {
    flip(place[which]);
    const what = which === 'libpython' ? 'libpython' : 'interpreter';
    expect(() => locate(place.project)).toThrow(
      expect.objectContaining({
        code: 'ERR_LOCK_MISMATCH',
        message: expect.stringMatching(
          `^the ${what} ${place[which]} is not the one that was set up: expected sha256 \\w{64}, found \\w{64}\\. Refusing`,
        ) as string,
      }) as Error,
    );
  });

  test('a file that is gone', () => {
    rmSync(place.libpython);
    expect(() => locate(place.project)).toThrow(/the libpython \S+ is gone, .* sync/);
  });

  test('touched but the same: hashed once, then noted', () => {
    const now = new Date();
    utimesSync(place.libpython, now, now);
    expect(locate(place.project).libpython).toBe(place.libpython);
    const notes = join(place.project, '.snakepit/verified.json');
    const noted = readFileSync(notes, 'utf8');
    expect(JSON.parse(noted)).toHaveProperty([place.libpython, 'sha256']);
    const written = statSync(notes).mtimeMs;
    locate(place.project);
    expect(statSync(notes).mtimeMs).toBe(written);
    writeFileSync(notes, '{');
    expect(locate(place.project).libpython).toBe(place.libpython);
    // The note is of those bytes only.
    flip(place.libpython);
    expect(() => locate(place.project)).toThrow(/is not the one that was set up/);
  });

  test('pyproject.toml: a remark is nothing, a package is', () => {
    const path = join(place.project, 'pyproject.toml');
    appendFileSync(path, '\n[tool.ruff]\nline-length = 100\n');
    expect(locate(place.project).version).toBe(version);
    writeFileSync(path, EMPTY_PROJECT.replace('[]', '["numpy"]'));
    expect(() => locate(place.project)).toThrow(/asks for other packages or another Python/);
    writeFileSync(path, 'broken');
    expect(() => locate(place.project)).toThrow(/is not valid TOML/);
  });

  test('snakepit.lock: touched is nothing, one changed byte is', () => {
    const lock = join(place.project, 'snakepit.lock');
    const now = new Date();
    utimesSync(lock, now, now);
    expect(locate(place.project).version).toBe(version);
    appendFileSync(lock, '!');
    expect(() => locate(place.project)).toThrow(
      expect.objectContaining({
        code: 'ERR_LOCK_MISMATCH',
        message: expect.stringMatching(
          /snakepit\.lock is not the one that was installed: expected sha256 \w{64}, found \w{64}\. Run/,
        ) as string,
      }) as Error,
    );
    rmSync(lock);
    expect(() => locate(place.project)).toThrow(/expected sha256 \w{64}, found no such file/);
  });

  test('a moved project', () => {
    const moved = join(temporary(), 'moved');
    cpSync(place.project, moved, { recursive: true });
    expect(() => locate(moved)).toThrow(/was moved since its Python was set up in/);
  });

  test('half a stamp counts as none', () => {
    const path = stampPath(place.project);
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
    expect(() => locate(place.project)).toThrow(/has no Python yet/);
    expect(existsSync(path)).toBe(true);
  });

  test('costs less than a millisecond', () => {
    locate(place.project);
    const times = Array.from({ length: 50 }, () => {
      const start = performance.now();
      locate(place.project);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(1);
  });
});
