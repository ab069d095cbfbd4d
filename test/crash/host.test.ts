import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const program = (name: string): string => new URL(`programs/${name}.mjs`, import.meta.url).pathname;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const run = promisify(execFile);

interface Mark {
  readonly descriptors: number;
  readonly rss: number;
}

interface Report {
  readonly right: number;
  readonly crashes: number;
  readonly marks: readonly Mark[];
}

const NONE: Mark = { descriptors: NaN, rss: NaN };

/** Gone, or dead and only not yet collected by whoever is to. */
function isGone(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
}

async function allGone(pids: readonly string[], withinMs: number): Promise<string[]> {
  const end = Date.now() + withinMs;
  while (Date.now() < end && !pids.every(isGone)) await sleep(20);
  return pids.filter((pid) => !isGone(pid));
}

describe('no orphan', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)('after the host’s end by %s', async (signal) => {
    const host = spawn(process.execPath, [program('busy-host')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(host.stdout, 'data')) as [Buffer];
    const pids = [...new Set(line.toString().trim().split(/\s+/))];
    // Two workers with two children each, their template, and the spare.
    expect(pids.length).toBeGreaterThanOrEqual(8);
    await sleep(100);
    host.kill(signal);
    await once(host, 'exit');
    expect(await allGone(pids, 5000)).toEqual([]);
  });

  test('nor a name in shared memory', () => {
    const names = existsSync('/dev/shm') ? readdirSync('/dev/shm') : [];
    expect(names.filter((name) => name.includes('snakepit'))).toEqual([]);
  });
});

test('an idle pool lets the process end, and ends with it', async () => {
  const { stdout } = await run(process.execPath, [program('idle-host')], { timeout: 30_000 });
  const [two, ...pids] = stdout.trim().split(' ');
  expect(two).toBe('2');
  expect(await allGone(pids, 5000)).toEqual([]);
});

// Node 20 lacks the syntax.
const USING = `
  import { isolated } from 'snakepit';
  await using pool = await isolated({ project: process.argv[2], workers: 1 });
  const os = await pool.import('os');
  process.stdout.write([await os.getpid(), await os.getppid()].join(' '));
`;

test('a script with `await using` ends by itself, and its workers before it', async () => {
  // In the package, so that it finds the package by its name.
  const folder = mkdtempSync(new URL('../../build/using-', import.meta.url).pathname);
  try {
    const { outputText } = ts.transpileModule(USING, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const file = join(folder, 'host.mjs');
    writeFileSync(file, outputText);
    const args = [file, process.env['SNAKEPIT_TEST_PROJECT'] ?? ''];
    const { stdout } = await run(process.execPath, args, { timeout: 30_000 });
    const pids = stdout.split(' ');
    expect(pids).toHaveLength(2);
    // The worker was waited for; its template sees the end of its socket and goes.
    expect(isGone(pids[0] ?? '')).toBe(true);
    expect(await allGone(pids, 5000)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('hundreds of crashes leave no descriptor and no memory behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'snakepit-'));
  try {
    const args = ['--expose-gc', program('crash-loop'), '4', folder];
    const { stdout } = await run(process.execPath, args, { timeout: 110_000 });
    const { right, crashes, marks } = JSON.parse(stdout) as Report;
    expect([right, crashes]).toEqual([400, 400]);
    const [first, last] = [marks[0] ?? NONE, marks.at(-1) ?? NONE];
    // A worker that is just leaving or coming has some; a leak would be hundreds.
    expect(last.descriptors).toBeLessThan(first.descriptors + 30);
    expect(last.rss).toBeLessThan(first.rss + 30);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
