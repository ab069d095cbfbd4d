import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const file = fileURLToPath(new URL('programs/in-a-thread.mjs', import.meta.url));

/** Processes of a pool of that host: a template is told its parent, and forks have its arguments. */
function left(host: number): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      if (!/^\d+$/.test(name)) return false;
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`"parent":${String(host)}`);
    } catch {
      return false; // gone
    }
  });
}

test.each(['close', 'end'])(
  'a pool in a worker_thread says nothing and leaves nothing: %s',
  async (how) => {
    const ended = spawnSync(process.execPath, [file, how], { encoding: 'utf8', timeout: 30_000 });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    const said = JSON.parse(ended.stdout) as unknown[];
    expect(said).toEqual([2_000_000, 'SIGKILL', 2_000_000, expect.stringMatching(/^[1-9]/), 'up']);
    for (let i = 0; i < 100 && left(ended.pid).length > 0; i++) await sleep(20);
    expect(left(ended.pid)).toEqual([]);
  },
);
