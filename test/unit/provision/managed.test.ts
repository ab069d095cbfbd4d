import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { LockedInterpreter } from '../../../src/provision/lock.ts';
import { lockText } from '../../../src/provision/lock-text.ts';
import { lock } from '../../../src/provision/make-lock.ts';
import { readNeeds } from '../../../src/provision/needs.ts';
import { sync } from '../../../src/provision/provision.ts';
import { verify } from '../../../src/provision/verify.ts';
import { lockOf, mismatch, older, pythons, settingsFor } from './locked-support.ts';
import { MAVEN_VERSION, mavenArchive, mavenJar } from './maven-python.ts';
import { type Download, type Mirror, serveMirror } from './mirror-server.ts';
import { NO_PATH, NUMPY_PROJECT, projectOf, REPOSITORY, temporary } from './support.ts';

const jars = { linux: mavenJar('linux-x86_64'), mac: mavenJar('macosx-x86_64') };
const here = process.platform === 'linux' && process.arch === 'x64' && older !== '';

let mirror: Mirror;
beforeAll(async () => {
  mirror = await serveMirror();
});
afterAll(() => mirror.close());

const LINUX = { version: MAVEN_VERSION, os: 'linux', machine: 'x86_64', libc: 'gnu' } as const;
const MAC = { version: MAVEN_VERSION, os: 'darwin', machine: 'x86_64', libc: 'none' } as const;

/** No Python anywhere but in the mirror, and the index of this machine. */
function settings(downloads: readonly Download[]): { env: NodeJS.ProcessEnv } {
  return settingsFor(
    { env: {} },
    {
      SNAKEPIT_PYTHON: undefined,
      PATH: NO_PATH,
      UV_PYTHON_DOWNLOADS_JSON_URL: mirror.list(downloads),
    },
  );
}

const PROGRAM = `
import { open } from 'snakepit';
const py = open();
const sys = py.import('sys');
console.log(sys.version.split(' ')[0], sys.base_prefix, py.import('numpy').arange(10).sum());
`;

describe.runIf(here)('a managed CPython from a mirror on loopback', () => {
  test.runIf(jars.linux !== undefined && jars.mac !== undefined)(
    'is locked for two platforms, synced with no Python on PATH, and embedded',
    async () => {
      const python = pythons[older] ?? '';
      const downloads = [
        { ...LINUX, archive: mavenArchive(jars.linux ?? '', 'linux-x86_64', python) },
        { ...MAC, archive: mavenArchive(jars.mac ?? '', 'macosx-x86_64', python) },
      ];
      const [one, two] = [projectOf(NUMPY_PROJECT), projectOf(NUMPY_PROJECT)];
      const locked = await lock({ project: one, ...settings(downloads) });
      expect(locked).toMatchObject({
        local: false,
        platforms: expect.arrayContaining(['darwin-x64', 'linux-x64-glibc']) as unknown,
      });
      const text = lockOf(one);
      expect(text).toMatch(
        /platform = "linux-x64-glibc"\nsource = "managed"\nimplementation = "cpython"\nversion = "3\.13\.5"\nbuild = "20250612"\nlibc = "glibc"\narchive = "\w{64}"\nexecutable = \{ path = "bin\/python3\.13", sha256 = "\w{64}" \}\nlibpython = \{ path = "lib\/libpython3\.13\.so\.1\.0"/,
      );
      expect(text).toMatch(/platform = "darwin-x64"[^[]*archive = "\w{64}"\nexecutable = .*\n\n/);
      expect(text).not.toContain('://');
      await lock({ project: two, ...settings(downloads) });
      expect(lockOf(two)).toBe(text);

      // A clone: the lock is all it has.
      const clone = projectOf(NUMPY_PROJECT);
      cpSync(join(one, 'snakepit.lock'), join(clone, 'snakepit.lock'));
      const done = await sync({ project: clone, frozen: true, ...settings(downloads) });
      expect(done).toMatchObject({ source: 'managed', version: MAVEN_VERSION });
      expect(existsSync(join(clone, '.snakepit/local.lock'))).toBe(false);
      expect(verify({ project: clone, deep: true }).files).toBeGreaterThan(500);
      const os = join(
        clone,
        '.snakepit/python/cpython-3.13.5-linux-x86_64-gnu/lib/python3.13/os.py',
      );
      appendFileSync(os, '# changed');
      verify({ project: clone });
      expect(() => verify({ project: clone, deep: true })).toThrow(
        mismatch(/python3\.13\/os\.py is not as locked: .* --reinstall/),
      );
      const again = { project: clone, frozen: true, reinstall: true };
      await sync({ ...again, ...settings(downloads) });
      verify({ project: clone, deep: true });
      mkdirSync(join(clone, 'node_modules'));
      execFileSync('ln', ['-s', REPOSITORY, join(clone, 'node_modules/snakepit')]);
      writeFileSync(join(clone, 'program.mjs'), PROGRAM);
      const said = execFileSync(process.execPath, ['program.mjs'], { cwd: clone }).toString();
      const home = join(clone, '.snakepit/python/cpython-3.13.5-linux-x86_64-gnu');
      expect(said).toBe(`${MAVEN_VERSION} ${home} 45\n`);
    },
    300_000,
  );

  /** An archive whose interpreter would leave a mark if anybody ran it. */
  function trap(mark: string): { readonly archive: string; readonly program: string } {
    const folder = temporary();
    for (const name of ['bin', 'lib/python3.13'])
      mkdirSync(join(folder, 'python', name), { recursive: true });
    const program = join(folder, 'python/bin/python3.13');
    writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\n`);
    chmodSync(program, 0o755);
    writeFileSync(join(folder, 'python/lib/libpython3.13.so.1.0'), 'no library');
    execFileSync('tar', ['-czf', join(folder, 'a.tar.gz'), '-C', folder, 'python']);
    return { archive: join(folder, 'a.tar.gz'), program };
  }

  test('whose bytes are not the locked ones is removed, and was never run', async () => {
    const mark = join(temporary(), 'it ran');
    const { archive, program } = trap(mark);
    const trapped = [{ ...LINUX, archive }];
    const project = projectOf(NUMPY_PROJECT.replace('"numpy==2.4.6"', ''));
    const zero = '0'.repeat(64);
    const entry: LockedInterpreter = {
      platform: 'linux-x64-glibc',
      source: 'managed',
      implementation: 'cpython',
      version: MAVEN_VERSION,
      build: '20250612',
      archive: zero,
      executable: { path: 'bin/python3.13', sha256: zero },
      libpython: { path: 'lib/libpython3.13.so.1.0', sha256: zero },
    };
    const made = { uv: '0.13.8', requiresPython: '>=3.11', needs: readNeeds(project).hash };
    const text = lockText({ ...made, accelerator: null, interpreters: [entry], packages: [] });
    writeFileSync(join(project, 'snakepit.lock'), text);
    await expect(sync({ project, ...settings(trapped) })).rejects.toThrow(
      mismatch(
        /the archive of the downloaded CPython 3\.13\.5 is not the one that snakepit\.lock names: expected sha256 0{64}, found \w{64}\. Nothing of it was run/,
      ),
    );
    expect(existsSync(mark)).toBe(false);
    execFileSync(program);
    expect(existsSync(mark)).toBe(true); // the trap works
    expect(readdirSync(join(project, '.snakepit/python'))).not.toContain(
      'cpython-3.13.5-linux-x86_64-gnu',
    );
    // The download of the lock is refused: nothing else under a frozen sync, else PATH.
    rmSync(join(project, '.snakepit'), { recursive: true });
    await expect(sync({ project, frozen: true, ...settings([]) })).rejects.toThrow(
      /CPython 3\.13\.5 of snakepit\.lock could not be installed: .* Nothing else takes its place/,
    );
    const python = { SNAKEPIT_PYTHON: undefined, PATH: join(pythons[older] ?? '', '..') };
    const onPath = settingsFor({ env: {} }, python);
    expect(await sync({ project, ...onPath })).toMatchObject({ source: 'system', version: older });
    expect(lockOf(project)).toBe(text);
  });
});
