import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { PoolExecutor } from '../../src/pool/pool-executor.ts';
import { block, failure } from '../crash/support/pool.ts';
import { type Act, DANGEROUS, LOCKED } from './support/acts.ts';
import { ALLOWED } from './support/allowed.ts';
import { openPool, Surroundings } from './support/pools.ts';

const linux = process.platform === 'linux';
let around: Surroundings;
const pools = {} as Record<'none' | 'default' | 'strict' | 'cuda', PoolExecutor>;
const PROFILES = ['none', 'default', 'strict', 'cuda'] as const;

beforeAll(async () => {
  around = new Surroundings();
  if (!linux) return;
  for (const profile of PROFILES) pools[profile] = await openPool(profile);
});
afterAll(async () => {
  await Promise.all(Object.values(pools).map((pool) => pool.close()));
  around.remove();
});

const act = (pool: PoolExecutor, { source }: Act): Promise<unknown> =>
  block(pool, source, around.names);

async function expectRefusal(profile: 'default' | 'strict' | 'cuda', one: Act): Promise<void> {
  const error = await failure(act(pools[profile], one));
  expect(error).toMatchObject({ type: 'PermissionError', module: 'builtins' });
  expect(error.message).toMatch(/Errno (1|13)\b/);
  if (profile !== 'default') expect(error.message).toContain(`sandbox '${profile}'`);
  if (one.door !== undefined) expect(error.message).toMatch(one.door);
}

describe.runIf(linux)('without a sandbox every act is done', () => {
  test.each([...DANGEROUS, ...LOCKED, ...ALLOWED])('$name', async (one) => {
    expect(await act(pools.none, one)).toBe(true);
  });
});

describe.runIf(linux)('default', () => {
  test.each(DANGEROUS)('refuses $name', async (one) => {
    await expectRefusal('default', one);
  });

  test('its words name it, and the option', async () => {
    const error = await failure(block(pools.default, 'import os\nos.kill(host, 9)', around.names));
    expect(error.message).toMatch(/Operation not permitted \(sandbox 'default' .*sandbox: 'none'/);
  });

  test.each([...LOCKED.filter(({ name }) => !/host in/.test(name)), ...ALLOWED])(
    'allows $name',
    async (one) => {
      expect(await act(pools.default, one)).toBe(true);
    },
  );

  test('leaves what files refuse alone', async () => {
    const error = await failure(block(pools.default, 'raise PermissionError(13, "no", "/a")'));
    expect(error.message).toBe("[Errno 13] no: '/a'");
  });
});

describe.runIf(linux).each(['strict', 'cuda'] as const)('%s', (profile) => {
  test.each([...DANGEROUS, ...LOCKED])('refuses $name', async (one) => {
    await expectRefusal(profile, one);
  });

  test.each(ALLOWED)('allows $name', async (one) => {
    expect(await act(pools[profile], one)).toBe(true);
  });

  test('its words are there for Python too, where Python says what it does', async () => {
    const source =
      'import socket, subprocess\nsaid = []\n' +
      'for one in (socket.socket, lambda: subprocess.run(["true"])):\n' +
      '  try: one()\n  except PermissionError as e: said.append(str(e))\nreturn "; ".join(said)';
    expect(await block(pools[profile], source)).toMatch(
      new RegExp(`sandbox '${profile}' refused a socket.*net: true.*; .*processes: true`),
    );
  });

  test('an error that a refusal caused has it in its chain', async () => {
    const source =
      'import _socket\ntry: _socket.socket()\nexcept OSError as e: raise RuntimeError("offline") from e';
    const error = await failure(block(pools[profile], source));
    expect(error).toMatchObject({ type: 'RuntimeError', message: 'offline' });
    expect(error.cause.message).toContain(`sandbox '${profile}'`);
  });

  test('large data goes both ways, again and again', async () => {
    const pool = pools[profile];
    const a = new Float64Array(1e6).fill(1);
    const twice = 'import numpy as np\nb = np.asarray(a) * 2\nreturn float(b.sum())';
    expect(await block(pool, twice, { a })).toBe(2e6);
    const bytes: Uint8Array = await block(pool, 'return bytes(2**26 + 5)');
    expect(bytes.length).toBe(2 ** 26 + 5);
    // So many runs later the worker would give the memory of that back.
    for (let i = 0; i < 140; i++) expect(await block(pool, 'return i', { i })).toBe(i);
  });

  test('a crash is told as everywhere, and the next worker is locked in as well', async () => {
    const error = await failure(block(pools[profile], 'import ctypes\nctypes.string_at(0)'));
    expect(error).toMatchObject({ reason: 'signal', signal: 'SIGSEGV' });
    expect(error.pythonStack.some((one: any) => one.function.includes('string_at'))).toBe(true);
    await expectRefusal(profile, LOCKED[0] as Act);
  });

  test('a hang says where it stands', async () => {
    const source = 'x = 10**13\nreturn sum(range(x))';
    const error = await failure(block(pools[profile], source, {}, { timeout: 300 }));
    expect(error.cause).toMatchObject({ reason: 'hang', signal: 'SIGKILL' });
    expect(error.cause.pythonStack.at(-1)).toMatchObject({ line: 2 });
  });
});
