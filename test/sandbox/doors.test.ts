import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { SandboxSupport } from '../../src/contract/sandbox.ts';
import { SandboxError } from '../../src/errors/provision-errors.ts';
import { events } from '../../src/events/events.ts';
import { sandboxSupport } from '../../src/native/sandbox-support.ts';
import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure } from '../crash/support/pool.ts';
import { type Act, DANGEROUS, LOCKED } from './support/acts.ts';
import { openPool, type SandboxOption, Surroundings } from './support/pools.ts';

let around: Surroundings;
let folder: string;
beforeAll(() => {
  around = new Surroundings();
  folder = mkdtempSync(join(tmpdir(), 'door-'));
  writeFileSync(join(folder, 'file'), 'text');
});
afterAll(() => {
  around.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a test in a pool of its own. */
async function within(
  sandbox: SandboxOption,
  body: (pool: PoolExecutor) => Promise<void>,
  support?: SandboxSupport,
): Promise<void> {
  const pool = await openPool(sandbox, {}, support);
  try {
    await body(pool);
  } finally {
    await pool.close();
  }
}

const act = (pool: PoolExecutor, { source }: Act): Promise<unknown> =>
  block(pool, source, around.names);

/** The names of those of these acts that are done. */
async function done(pool: PoolExecutor, acts: readonly Act[]): Promise<string[]> {
  const names: string[] = [];
  for (const one of acts) {
    try {
      if ((await act(pool, one)) === true) names.push(one.name);
    } catch (error) {
      expect(error).toMatchObject({ type: 'PermissionError' });
    }
  }
  return names;
}

const behind = (door: RegExp): string[] =>
  LOCKED.filter((one) => one.door?.source === door.source).map(({ name }) => name);

describe.runIf(process.platform === 'linux')('a door opens what is behind it, and no more', () => {
  test('net', () =>
    within({ profile: 'strict', net: true }, async (pool) => {
      expect(await done(pool, [...DANGEROUS, ...LOCKED])).toEqual(behind(/net: true/));
      const source = `import socket, threading
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=lambda: server.accept()[0].sendall(b"hi"), daemon=True).start()
with socket.create_connection(server.getsockname()) as client: return client.recv(2).decode()`;
      expect(await block(pool, source)).toBe('hi');
    }));

  test('processes', () =>
    within({ profile: 'strict', processes: true }, async (pool) => {
      expect(await done(pool, [...DANGEROUS, ...LOCKED])).toEqual(behind(/processes: true/));
      // What holds a worker holds its children.
      const child =
        'import subprocess\nreturn subprocess.run(["sh", "-c", command], capture_output=True, text=True).stderr';
      const commands = [`cat ${around.outside}/file`, `echo > ${around.outside}/new`];
      for (const command of commands) {
        expect(await block(pool, child, { command })).toMatch(/Permission denied/);
      }
      const kill = { command: `kill -0 ${String(process.pid)}` };
      expect(await block(pool, child, kill)).toMatch(/not permitted/);
    }));

  test('multiprocessing, with the folder of its locks', () =>
    within({ profile: 'strict', processes: true, write: ['/dev/shm'] }, async (pool) => {
      const source =
        'import multiprocessing\nwith multiprocessing.get_context("fork").Pool(2) as p: return p.map(abs, [-1, -2])[1]';
      expect(await block(pool, source)).toBe(2);
    }));

  test('read', () =>
    within({ profile: 'strict', read: [folder] }, async (pool) => {
      expect(await done(pool, [...DANGEROUS, ...LOCKED])).toEqual([]);
      expect(await block(pool, 'return open(name).read()', { name: join(folder, 'file') })).toBe(
        'text',
      );
      const name = join(folder, 'new');
      const error = await failure(block(pool, 'open(name, "w")', { name }));
      expect(error.message).toContain(`sandbox: { profile: 'strict', write: ['${folder}'] } does`);
    }));

  test('write', () =>
    within({ profile: 'strict', write: [folder] }, async (pool) => {
      expect(await done(pool, [...DANGEROUS, ...LOCKED])).toEqual([]);
      const name = join(folder, 'new');
      await block(pool, 'with open(name, "w") as f: f.write("new")', { name });
      expect(readFileSync(name, 'utf8')).toBe('new');
    }));
});

test('a path that is not there is refused by its name', async () => {
  const opened = openPool({ profile: 'strict', read: ['/nowhere/at/all'] });
  await expect(opened).rejects.toThrow(/pool options\.sandbox\.read\[0\]: there is no/);
});

test.each<[SandboxOption, RegExp]>([
  [{ profile: 'strict', network: true } as unknown as SandboxOption, /sandbox\.network: unknown/],
  ['loose' as unknown as SandboxOption, /sandbox\.profile: expected/],
  [{ profile: 'strict', net: 1 } as unknown as SandboxOption, /sandbox\.net: expected true/],
])('%o is refused', async (sandbox, message) => {
  await expect(openPool(sandbox)).rejects.toThrow(message);
});

describe.runIf(process.platform === 'linux')('kernels that have less', () => {
  const full = sandboxSupport();

  test.each([1, 2, 3, 5])('strict under version %i of Landlock refuses as much', (landlock) =>
    within(
      'strict',
      async (pool) => {
        expect(pool.sandbox).toMatchObject({ profile: 'strict', landlock, missing: [] });
        expect(await done(pool, [...DANGEROUS, ...LOCKED])).toEqual([]);
      },
      { ...full, landlock },
    ),
  );

  test('default without Landlock still refuses what is done to the host by its number', async () => {
    const said: string[] = [];
    const listening = events.on('warning', ({ text }) => said.push(text));
    await within(
      'default',
      async (pool) => {
        expect(pool.sandbox.missing).toEqual(['landlock']);
        expect(await done(pool, DANGEROUS)).toEqual([]);
      },
      { ...full, landlock: 0 },
    );
    listening[Symbol.dispose]();
    expect(said).toEqual([expect.stringContaining('no landlock')]);
  });

  test('default without anything runs, and says so', () =>
    within(
      'default',
      async (pool) => {
        expect(pool.sandbox.missing).toEqual(['seccomp', 'landlock']);
        expect(await block(pool, 'return 6 * 7')).toBe(42);
      },
      { seccomp: false, landlock: 0 },
    ));

  test.each(['strict', 'cuda'] as const)(
    '%s is refused where it cannot be kept',
    async (profile) => {
      const opened = openPool(profile, {}, { seccomp: false, landlock: 7 });
      await expect(opened).rejects.toThrow(SandboxError);
      await expect(opened).rejects.toMatchObject({ code: 'ERR_SANDBOX' });
    },
  );
});
