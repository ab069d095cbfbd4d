import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { probe, unfit } from '../../../src/provision/interpreter.ts';
import { readIndexSettings, uvEnvironment } from '../../../src/provision/network.ts';
import { readPolicy } from '../../../src/provision/policy.ts';
import { settle, type Settled } from '../../../src/provision/settle.ts';
import { Uv } from '../../../src/provision/uv.ts';
import { UV_VERSION } from '../../../src/provision/uv-pins.ts';
import {
  environment,
  noDownloads,
  pathWith,
  pyenvPython,
  pyenvPythons,
  STATIC_PYTHON,
  temporary,
  testUv,
} from './support.ts';

interface Choice {
  readonly python?: string;
  readonly path?: string;
  readonly requires?: string;
  readonly downloads?: string;
  readonly lines?: string[];
}

async function choose(choice: Choice): Promise<Settled> {
  const home = temporary();
  const env = environment({
    SNAKEPIT_PYTHON: choice.python,
    ...(choice.path === undefined ? {} : { PATH: choice.path }),
    UV_PYTHON_DOWNLOADS_JSON_URL: choice.downloads ?? noDownloads(),
  });
  const uv = new Uv(await testUv(), UV_VERSION, uvEnvironment(env, readIndexSettings(env), home));
  const requiresPython = choice.requires ?? '>=3.11';
  const report = (line: string): unknown => choice.lines?.push(line);
  const none = { locked: undefined, local: undefined, anew: false };
  return settle({ home, env, requiresPython, uv, report, policy: readPolicy({}, false), ...none });
}

/**
 * The static interpreter as `configure --disable-shared` leaves it: no shared library anywhere in
 * its tree, nor where its build noted one. (Debian puts one elsewhere, in a package of its own.)
 */
function withoutShared(python: string): string {
  const version = basename(realpathSync(python));
  const root = temporary();
  const [stdlib, library] = [join('/usr/lib', version), join(root, 'lib', version)];
  mkdirSync(join(root, 'bin'));
  mkdirSync(library, { recursive: true });
  for (const name of readdirSync(stdlib)) {
    if (!name.startsWith('_sysconfigdata')) symlinkSync(join(stdlib, name), join(library, name));
    else {
      const patch = `\nbuild_time_vars.update(LIBDIR='${root}/lib', LIBPL='', MULTIARCH='', INSTSONAME='', LDLIBRARY='lib${version}.a')\n`;
      writeFileSync(join(library, name), readFileSync(join(stdlib, name), 'utf8') + patch);
    }
  }
  copyFileSync(realpathSync(python), join(root, 'bin', version));
  return join(root, 'bin', version);
}

const pythons = pyenvPythons();
const recent = Object.keys(pythons).filter((version) => /^3\.1[1-9]\./.test(version));

describe('probe', () => {
  test.each(recent)('CPython %s: its own libpython, in its own tree', async (version) => {
    const python = pythons[version] ?? '';
    const probed = await probe(python, process.env);
    if (typeof probed === 'string') throw new Error(probed);
    expect(probed).toMatchObject({ implementation: 'cpython', version, freeThreaded: false });
    expect(probed.executable).toBe(realpathSync(python));
    const tree = realpathSync(join(python, '../..'));
    expect(probed.libpython).toMatch(/libpython3\.\d+\.so\.1\.0$/);
    expect(probed.libpython?.startsWith(tree)).toBe(true);
    expect(unfit(probed, '>=3.11')).toBeUndefined();
    expect(probed.openssl).toMatch(/^OpenSSL /);
  });

  test.runIf(recent.length > 0)(
    'a virtual environment and a shim lead to the real one',
    async () => {
      const python = pythons[recent[0] ?? ''] ?? '';
      const venv = join(temporary(), 'venv');
      execFileSync(python, ['-m', 'venv', '--without-pip', venv]);
      for (const path of [join(venv, 'bin/python'), join(pathWith(python), 'python3')]) {
        expect(await probe(path, process.env)).toMatchObject({ executable: realpathSync(python) });
      }
    },
  );

  test.runIf(recent.length > 0)(
    "another build's library of the same version is refused",
    async () => {
      const python = pythons[recent[0] ?? ''] ?? '';
      const wrong = Object.entries(pythons).find(([version]) => version !== recent[0]);
      const probed = await probe(python, process.env);
      if (typeof probed === 'string' || wrong === undefined) throw new Error('no second Python');
      const other = join(wrong[1], '../../lib');
      const file =
        readdirSync(other).find((name) => /^libpython3\.\d+m?\.so\.1\.0$/.test(name)) ?? '';
      const asked = `import runpy, sys; m = runpy.run_path(sys.argv[1]); print(m['answers'](sys.argv[2]))`;
      const script = new URL('../../../python/snakepit/probe_interpreter.py', import.meta.url)
        .pathname;
      const said = execFileSync(python, ['-I', '-c', asked, script, join(other, file)]).toString();
      expect(said).toMatch(/^it is \d\.\d+|undefined symbol|cannot open/);
    },
  );
});

describe('what does not fit is one clear error', () => {
  const old = pyenvPython('3.9');
  test.runIf(old !== undefined)('Python 3.9', async () => {
    await expect(choose({ python: old ?? '' })).rejects.toMatchObject({
      code: 'ERR_NO_PYTHON',
      message: expect.stringMatching(
        /SNAKEPIT_PYTHON .* is Python 3\.9\.\d+; snakepit needs CPython 3\.11 or newer\. Point it at the python3 of a CPython 3\.11/,
      ) as string,
    });
  });

  const ancient = Object.entries(pythons).find(([version]) => /^3\.[0-6]\./.test(version));
  test.runIf(ancient !== undefined)('a Python that cannot even read the probe', async () => {
    await expect(choose({ python: ancient?.[1] ?? '' })).rejects.toThrow(
      /is Python 3\.\d\.\d+; snakepit/,
    );
  });

  test.runIf(STATIC_PYTHON !== undefined)('a static libpython', async () => {
    const python = withoutShared(STATIC_PYTHON ?? '');
    await expect(choose({ python })).rejects.toThrow(
      /is Python 3\.\d+\.\d+ with libpython linked in statically: .* Rebuild it with --enable-shared/,
    );
  });

  test('something that is no Python', async () => {
    await expect(choose({ python: process.execPath })).rejects.toThrow(
      /node\) is no usable Python: .* printed ".*bad option: -I" and ended with exit code 9\. Point it/,
    );
    await expect(choose({ python: '/nonexistent/python' })).rejects.toThrow(
      /is no usable Python: it does not run \(.*ENOENT\)\. Point it/,
    );
    const listing = choose({ python: '/bin/ls' });
    await expect(listing).rejects.toMatchObject({ code: 'ERR_NO_PYTHON' });
    await expect(listing).rejects.toThrow(
      /SNAKEPIT_PYTHON \(\/bin\/ls\) is no usable Python: .*printed ".+"\. Point it at the python3/,
    );
    await expect(choose({ python: '/bin/true' })).rejects.toThrow(/it printed nothing\. Point it/);
  });

  test('a shim that finds no version behind it', async () => {
    const shim = join(temporary(), 'python3');
    const says = 'pyenv: python3: command not found\n\nIt exists in:\n      3.9.1\n';
    writeFileSync(shim, `#!/bin/sh\necho '${says}' >&2\nexit 127\n`, { mode: 0o755 });
    const told =
      /is no usable Python: .*printed "pyenv: python3: command not found" and ended with/;
    await expect(choose({ python: shim })).rejects.toThrow(told);
    await expect(choose({ path: dirname(shim) })).rejects.toThrow(told);
  });

  test.runIf(recent.length > 0)('a Python that prints more than its answer', async () => {
    const shim = join(temporary(), 'python3');
    const python = pythons[recent[0] ?? ''] ?? '';
    writeFileSync(shim, `#!/bin/sh\necho '{}'\nexec ${python} "$@"\n`, { mode: 0o755 });
    expect(await probe(shim, process.env)).toMatchObject({ implementation: 'cpython' });
  });

  test('no Python at all: both reasons, and what to install', async () => {
    const failure = choose({ path: '/nonexistent', requires: '>=3.12' });
    await expect(failure).rejects.toMatchObject({ code: 'ERR_NO_PYTHON' });
    await expect(failure).rejects.toThrow(
      /no CPython for requires-python ">=3\.12"[^]*there is no python on PATH[^]*Install a CPython 3\.12/,
    );
  });

  test.runIf(old !== undefined)(
    'only unfit ones on PATH: each is named with its reason',
    async () => {
      const failure = choose({ path: pathWith(old ?? '') });
      await expect(failure).rejects.toThrow(
        /python3 is Python 3\.9\.\d+; snakepit needs CPython 3\.11/,
      );
    },
  );

  test.runIf(recent.length > 0)('one outside requires-python', async () => {
    const failure = choose({ python: pythons[recent[0] ?? ''] ?? '', requires: '>=3.11,<3.11.1' });
    await expect(failure).rejects.toThrow(
      /but pyproject\.toml has requires-python ">=3\.11,<3\.11\.1"/,
    );
  });
});

describe('where downloads are refused', () => {
  test.runIf(recent.length > 1)('the first on PATH that fits, in the order of PATH', async () => {
    const [first, second] = recent.map((version) => pythons[version] ?? '');
    const path = [
      pathWith(pyenvPython('3.9') ?? '/bin/false'),
      pathWith(second ?? ''),
      pathWith(first ?? ''),
    ];
    const lines: string[] = [];
    const found = await choose({ path: path.join(':'), lines });
    expect(found).toMatchObject({
      by: 'new',
      python: { entry: { source: 'system', build: null } },
    });
    expect(found.python.executable.path).toBe(realpathSync(second ?? ''));
    expect(lines.slice(0, -1)).toEqual([
      expect.stringMatching(/^no managed CPython \(.*[Nn]o download.*\); looking for one on PATH$/),
      `python: CPython ${recent[1] ?? ''}, system (the first on PATH that fits)`,
    ]);
  });

  test.runIf(recent.length > 1)('SNAKEPIT_PYTHON outranks PATH', async () => {
    const [first, second] = recent.map((version) => pythons[version] ?? '');
    const lines: string[] = [];
    const { python } = await choose({ python: first ?? '', path: pathWith(second ?? ''), lines });
    expect(lines[0]).toContain('(named by SNAKEPIT_PYTHON)');
    expect(python.executable.path).toBe(realpathSync(first ?? ''));
  });

  test.runIf(STATIC_PYTHON !== undefined)(
    'a static executable whose libpython lies elsewhere',
    async () => {
      const probed = await probe(STATIC_PYTHON ?? '', process.env);
      if (typeof probed === 'string') throw new Error(probed);
      const why = unfit(probed, '>=3.11');
      // With Debian's libpython package it fits; without, it is the static case.
      if (probed.libpython === null) expect(why).toMatch(/linked in statically/);
      else expect(why).toBeUndefined();
    },
  );
});
