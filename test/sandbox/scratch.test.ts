import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { block, failure } from '../crash/support/pool.ts';
import { DANGEROUS, LOCKED } from './support/acts.ts';
import { openPool, Surroundings } from './support/pools.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until there is nothing at this place, and says whether that came about. */
async function isGone(path: string): Promise<boolean> {
  const end = Date.now() + 10_000;
  while (existsSync(path) && Date.now() < end) await sleep(20);
  return !existsSync(path);
}

// A place of its own: other tests make such folders too.
let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'scratch-test-'));
});
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

const FILL = `import os, tempfile
folder = tempfile.gettempdir()
for i in range(100): os.makedirs(f"{folder}/deep/{i}")
open(f"{folder}/file", "w").write("x" * 10**6)
os.symlink("/etc/passwd", f"{folder}/link")
return folder`;

describe.runIf(process.platform === 'linux')('the folder that a worker may write in', () => {
  const open = (): ReturnType<typeof openPool> => openPool('strict', { env: { TMPDIR: place } });

  test('is where libraries keep what they keep, and nobody else’s', async () => {
    const pool = await openPool('strict', { workers: 2, env: { MPLCONFIGDIR: '/elsewhere' } });
    try {
      const source = `import os, tempfile, time
time.sleep(0.05)
names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR")
return "\\n".join([tempfile.gettempdir(), *[os.environ[n] for n in names]])`;
      const both = await Promise.all([block(pool, source), block(pool, source)]);
      const [one, other] = both.map((text) => text.split('\n'));
      expect(one[0]).not.toBe(other[0]);
      expect(one.slice(1, 3)).toEqual([one[0], one[0]]);
      for (const path of one.slice(3, 5)) expect(dirname(path)).toBe(one[0]);
      // What the options set stays.
      expect(one[5]).toBe('/elsewhere');
      const list = 'import os\nreturn os.listdir(folder)';
      // The neighbour's.
      const refused = await Promise.all(
        [one[0], other[0]].flatMap((folder) => [
          failure(
            block(pool, `import time\ntime.sleep(0.05)\n${list}`, { folder: `${folder}/..` }),
          ),
        ]),
      );
      for (const error of refused) expect(error).toMatchObject({ type: 'PermissionError' });
    } finally {
      await pool.close();
    }
  });

  test.each([
    ['SIGKILL', 'import os\nos.kill(os.getpid(), 9)'],
    ['a segfault', 'import ctypes\nctypes.string_at(0)'],
    ['its own will', 'import os\nos._exit(0)'],
  ])('goes with its worker: %s', async (_, death) => {
    const pool = await openPool('strict');
    try {
      const folder: string = await block(pool, FILL);
      expect(existsSync(join(folder, 'deep', '99'))).toBe(true);
      await failure(block(pool, death));
      expect(await isGone(folder)).toBe(true);
      // The next one has its own.
      expect(await block(pool, FILL)).not.toBe(folder);
    } finally {
      await pool.close();
    }
  });

  test('is there without a template too, and goes', async () => {
    const pool = await open();
    const around = new Surroundings();
    try {
      const parent = 'import os\nreturn os.getppid()';
      for (let i = 0; i < 3; i++) {
        const template: number = await block(pool, parent, {}, { idempotent: true });
        expect(template).not.toBe(process.pid);
        process.kill(template, 'SIGKILL');
        await sleep(100);
      }
      expect(await block(pool, parent, {}, { idempotent: true })).toBe(process.pid);
      const folder: string = await block(pool, FILL);
      for (const one of [...DANGEROUS, ...LOCKED]) {
        expect(await failure(block(pool, one.source, around.names))).toMatchObject({
          type: 'PermissionError',
        });
      }
      await failure(block(pool, 'import os\nos.kill(os.getpid(), 9)'));
      expect(await isGone(folder)).toBe(true);
    } finally {
      around.remove();
      await pool.close();
    }
  });

  test('goes with the pool, and so does what held it', async () => {
    const pool = await openPool('strict');
    const folder: string = await block(pool, FILL);
    await pool.close();
    expect(await isGone(dirname(folder))).toBe(true);
  });

  test('there is none under default', async () => {
    const pool = await openPool('default');
    try {
      expect(await block(pool, 'import tempfile\nreturn tempfile.gettempdir()')).toBe(tmpdir());
    } finally {
      await pool.close();
    }
  });

  test('goes with the host, whose end is SIGKILL', async () => {
    const program = new URL('programs/strict-host.mjs', import.meta.url).pathname;
    const host = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(host.stdout, 'data')) as [Buffer];
    const folder = line.toString().trim();
    expect(existsSync(folder)).toBe(true);
    host.kill('SIGKILL');
    expect(await isGone(dirname(folder))).toBe(true);
  });

  test('is swept by the next pool where the template was killed too; those in use are not', async () => {
    const [left, old, young] = ['scratch-left', 'worker-old', 'worker-young'].map((name) =>
      join(place, `snakepit-${name}`),
    ) as [string, string, string];
    for (const folder of [left, old, young]) {
      mkdirSync(join(folder, '1'), { recursive: true });
      writeFileSync(join(folder, '1', 'file'), 'text');
    }
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(old, anHourAgo, anHourAgo);
    const first = await open();
    const second = await open();
    try {
      expect(existsSync(left)).toBe(false);
      expect(existsSync(old)).toBe(false);
      // Its worker may be about to say that it uses it.
      expect(existsSync(young)).toBe(true);
      expect(readdirSync(place)).toHaveLength(3);
      const folder: string = await block(first, 'import os\nreturn os.environ["HOME"]');
      expect(existsSync(folder)).toBe(true);
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });
});
