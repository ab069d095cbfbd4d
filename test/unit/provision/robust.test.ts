// Real processes that are killed, or may not write: what they leave is whole, and the next run mends.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { beforeEach, describe, expect, test } from 'vitest';

import { NotSyncedError } from '../../../src/errors/errors.ts';
import { locate } from '../../../src/provision/locate.ts';
import { verify } from '../../../src/provision/verify.ts';
import type { LocalIndex } from './local-index.ts';
import {
  type Changes,
  flip,
  lockOf,
  newer,
  older,
  projectWith,
  pythons,
  recent,
  settingsFor,
  tinyIndex,
} from './locked-support.ts';
import { packManaged } from './managed-archive.ts';
import { REPOSITORY } from './support.ts';

const MAIN = join(REPOSITORY, 'dist/cli/main.js');

let index: LocalIndex;
beforeEach(() => {
  index = tinyIndex();
});

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

function start(args: readonly string[], changes: Changes = {}, uid?: number): Running {
  const { env } = settingsFor(index, changes);
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    cwd: '/',
    ...(uid === undefined ? {} : { uid }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => {
      resolve({ code, said });
    }),
  );
  return { child, ended };
}

const write = (project: string, ...requirements: string[]): void => {
  const list = JSON.stringify(requirements);
  writeFileSync(
    join(project, 'pyproject.toml'),
    `[project]\nname = "p"\nversion = "0"\ndependencies = ${list}\n`,
  );
};

/** What a stamp leads to is whole; a project that says it must be synced is fine too. */
function isWholeOrUnsynced(project: string): 'whole' | 'unsynced' {
  try {
    locate(project);
  } catch (error) {
    // A new lock is in place before what it names: open() refuses until it was synced.
    if (error instanceof NotSyncedError || /Run `npx snakepit sync/.test(String(error))) {
      return 'unsynced';
    }
    throw error;
  }
  verify({ project, deep: true });
  return 'whole';
}

describe.runIf(recent.length > 1)('kill -9 in the middle of a sync', () => {
  test('at any moment: what is there is whole, and the next run completes', async () => {
    const project = projectWith('tiny');
    const seen = new Set<string>();
    for (let round = 0; round < 12; round++) {
      write(project, ...(round % 2 === 0 ? ['tiny'] : ['below', 'tiny>=1']));
      // Each time the interpreter too, so that every step has something to do.
      const changes = { SNAKEPIT_PYTHON: pythons[round % 4 < 2 ? older : newer] };
      const { child, ended } = start(['sync', '--project', project], changes);
      const finished = await Promise.race([ended, sleep(150 + round * 90)]);
      child.kill('SIGKILL');
      await ended;
      seen.add(finished === undefined ? 'killed' : 'finished');
      seen.add(isWholeOrUnsynced(project));
    }
    expect(seen).toContain('killed');
    const last = await start(['sync', '--project', project]).ended;
    expect(last.code).toBe(0);
    expect(isWholeOrUnsynced(project)).toBe('whole');
    const home = join(project, '.snakepit');
    expect(existsSync(join(home, 'sync.lock'))).toBe(false);
    const left = readdirSync(home).filter((name) => name.startsWith('scratch-'));
    expect(left).toEqual([]);
  }, 120_000);

  test.runIf(process.platform === 'linux')(
    'while a managed CPython is unpacked',
    async () => {
      const list = packManaged(pythons[newer] ?? '', newer);
      const managed = { SNAKEPIT_PYTHON: undefined, UV_PYTHON_DOWNLOADS_JSON_URL: list };
      const project = projectWith('tiny');
      for (let round = 0; round < 5; round++) {
        const { child, ended } = start(['sync', '--project', project], managed);
        await Promise.race([ended, sleep(300 + round * 250)]);
        child.kill('SIGKILL');
        await ended;
        isWholeOrUnsynced(project);
      }
      const last = await start(['sync', '--project', project], managed).ended;
      expect(last).toMatchObject({ code: 0 });
      expect(isWholeOrUnsynced(project)).toBe('whole');
      expect(lockOf(project)).toContain(`version = "${newer}"`);
    },
    120_000,
  );
});

describe.runIf(recent.length > 1)('at once', () => {
  test('several locks and syncs of one project: all succeed, one environment', async () => {
    const project = projectWith('tiny');
    const kinds = ['sync', 'lock', 'sync', 'sync'];
    const all = await Promise.all(kinds.map((kind) => start([kind, '--project', project]).ended));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(readdirSync(join(project, '.snakepit/envs'))).toHaveLength(1);
    expect(isWholeOrUnsynced(project)).toBe('whole');
  });
});

describe.runIf(recent.length > 0 && process.platform === 'linux')('a read-only project', () => {
  const nobody = process.getuid?.() === 0 ? 65534 : undefined;

  /** Modes mean nothing to root, who runs the tests in many containers. */
  function seal(folder: string, mode: number): void {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) seal(join(folder, entry.name), mode);
    }
    chmodSync(folder, mode);
  }

  test('in place: nothing is written; not in place: one error that says so', async () => {
    const list = packManaged(pythons[newer] ?? '', newer);
    const managed = { SNAKEPIT_PYTHON: undefined, UV_PYTHON_DOWNLOADS_JSON_URL: list, HOME: '/' };
    const project = projectWith('tiny');
    const args = ['sync', '--project', project];
    expect(await start(args, managed).ended).toMatchObject({ code: 0 });
    seal(project, 0o555);
    try {
      const again = await start([...args, '--frozen'], managed, nobody).ended;
      expect(again.said).toMatch(/nothing to do/);
      const checked = await start(['verify', '--deep', '--project', project], {}, nobody).ended;
      expect(checked.said).toMatch(/as locked: CPython/);
      chmodSync(project, 0o755);
      write(project, 'below');
      chmodSync(project, 0o555);
      const needs = await start(args, managed, nobody).ended;
      expect(needs.code).toBe(1);
      expect(needs.said).toMatch(/\.snakepit cannot be written \(EACCES.*Make it writable/);
    } finally {
      seal(project, 0o755);
    }
  }, 120_000);
});

describe.runIf(recent.length > 0)('without a network', () => {
  const cut = { HTTPS_PROXY: 'http://localhost:1', HTTP_PROXY: 'http://localhost:1' };

  test('a clone is set up from the cache; what is not there is one error', async () => {
    const project = projectWith('tiny');
    expect(await start(['sync', '--project', project], cut).ended).toMatchObject({ code: 0 });
    const clone = projectWith('tiny');
    cpSync(join(project, 'snakepit.lock'), join(clone, 'snakepit.lock'));
    const offline = { ...cut, UV_OFFLINE: '1' };
    expect(await start(['sync', '--project', clone], offline).ended).toMatchObject({ code: 0 });
    rmSync(join(project, '.snakepit'), { recursive: true });
    const none = {
      ...offline,
      UV_CACHE_DIR: join(project, 'cache'),
      UV_DEFAULT_INDEX: 'https://localhost:1/simple',
    };
    const failed = await start(['sync', '--project', project], none).ended;
    expect(failed.code).toBe(1);
    expect(failed.said).toMatch(/the packages could not be installed\. uv said:/);
    expect(isWholeOrUnsynced(project)).toBe('unsynced');
    expect(await start(['sync', '--project', project]).ended).toMatchObject({ code: 0 });
    flip(join(project, '.snakepit/local.lock'), 200);
    expect(() => locate(project)).toThrow(/local\.lock is not the one that was installed/);
    expect(await start(['sync', '--project', project]).ended).toMatchObject({ code: 0 });
    expect(isWholeOrUnsynced(project)).toBe('whole');
  });
});
