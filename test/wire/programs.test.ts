import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { python } from './support/worker.ts';

/** Runs a program of ./programs with the built package; gives its exit and what it printed. */
async function run(name: string): Promise<{ code: number | null; out: string }> {
  const file = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file, python], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: out.trim() };
}

describe('the end of a thread or a process with open channels', () => {
  test('a worker_thread that is ended lets go of its channels and descriptors', async () => {
    expect(await run('threads')).toEqual({ code: 0, out: '20 threads, 0 descriptors more' });
  });

  test('an open channel does not hold the process, and its worker ends with it', async () => {
    const { code, out } = await run('idle');
    expect(code).toBe(0);
    const pid = Number(out);
    expect(pid).toBeGreaterThan(0);
    await expect
      .poll(() => {
        try {
          // A container's first process may leave it a zombie.
          return readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ') ? 'gone' : 'alive';
        } catch {
          return 'gone';
        }
      })
      .toBe('gone');
  });

  test('an error thrown by a handler is an uncaught exception, not a crash', async () => {
    expect(await run('throws')).toEqual({ code: 0, out: 'caught: from a handler; then 3' });
  });
});
