import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { withSyncLock } from '../../../src/provision/sync-lock.ts';
import { temporary } from './support.ts';

const quiet = (): void => undefined;

test('one at a time; the others wait, say so once, and all get their turn', async () => {
  const path = join(temporary(), 'home', 'sync.lock');
  let inside = 0;
  let most = 0;
  const lines: string[] = [];
  const turn = (): Promise<void> =>
    withSyncLock(
      path,
      (line) => lines.push(line),
      async () => {
        most = Math.max(most, ++inside);
        await sleep(20);
        inside--;
      },
    );
  await Promise.all([turn(), turn(), turn(), turn()]);
  expect(most).toBe(1);
  expect(lines).toEqual(Array(3).fill('waiting for another sync of this project to finish'));
  expect(existsSync(path)).toBe(false);
});

test('the lock goes away with the work that failed', async () => {
  const path = join(temporary(), 'sync.lock');
  const failing = withSyncLock(path, quiet, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('the lock of a killed process is taken over by exactly one of several waiters', async () => {
  const folder = temporary();
  const path = join(folder, 'sync.lock');
  // A real process takes it and dies by SIGKILL.
  const program = `
    import { withSyncLock } from ${JSON.stringify(new URL('../../../dist/provision/sync-lock.js', import.meta.url).href)};
    await withSyncLock(${JSON.stringify(path)}, () => {}, async () => process.kill(process.pid, 'SIGKILL'));`;
  const died = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  expect(died.signal).toBe('SIGKILL');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: died.pid });
  let inside = 0;
  let most = 0;
  const turn = (): Promise<void> =>
    withSyncLock(path, quiet, async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    });
  await Promise.all([turn(), turn(), turn()]);
  expect(most).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test("another machine's lock is not judged by its pid", async () => {
  const path = join(temporary(), 'sync.lock');
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(path, JSON.stringify({ pid: gone, host: `not-${hostname()}` }));
  let entered = false;
  const work = withSyncLock(path, quiet, () => {
    entered = true;
    return Promise.resolve();
  });
  await sleep(300);
  expect(entered).toBe(false);
  writeFileSync(path, ''); // being written, or released and taken: still nobody's to remove
  await sleep(200);
  expect(entered).toBe(false);
  const { rmSync } = await import('node:fs');
  rmSync(path);
  await work;
  expect(entered).toBe(true);
});
