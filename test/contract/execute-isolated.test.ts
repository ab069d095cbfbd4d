import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { isolated } from '../../src/runtime/isolated.ts';
import { open } from '../../src/runtime/create-runtime.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];
const here = project === undefined ? {} : { project };

// What a payload says beside its call, where calls run in workers.
let pool: any;
beforeAll(async () => {
  pool = await isolated({ workers: 2, ...here });
});
afterAll(async () => {
  await pool.close();
});

test('user code can read the idempotency key, the attempt, the session and the trace', async () => {
  const { read } = await pool.exec(
    'from _snakepit.call import current\ndef read(): return current()._asdict()',
    { out: ['read'] },
  );
  const said = { key: 'k-7', attempt: 3, trace: 't' };
  const call = { call_type: 'method', ref: read.$ref, method: '__call__', want: 'value' };
  expect(await pool.execute({ ...call, ...said })).toEqual({ ...said, session: null });
  expect(await read().$toJS()).toEqual({ key: null, attempt: 0, session: null, trace: null });
});

test('all attempts of a call have one key, and other calls have others', async () => {
  const source = `
import os, pathlib, signal
from _snakepit.call import current
call = current()
with path.open("a") as file:
    print(call.attempt, call.key, file=file)
if call.attempt < 2:
    os.kill(os.getpid(), signal.SIGKILL)
`;
  const folder = mkdtempSync(join(tmpdir(), 'snakepit-key-'));
  try {
    const path = join(folder, 'attempts');
    const again = pool.options({ idempotent: true, retry: { attempts: 3, on: [] } });
    for (let i = 0; i < 2; i += 1) {
      await again.exec(`import pathlib\npath = pathlib.Path(${JSON.stringify(path)})\n${source}`);
    }
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const [attempts, keys] = [0, 1].map((part) => lines.map((line) => line.split(' ')[part]));
    expect(attempts).toEqual(['0', '1', '2', '0', '1', '2']);
    expect(new Set(keys?.slice(0, 3)).size).toBe(1);
    expect(new Set(keys).size).toBe(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a session is named by the payload, and shared with the face of that name', async () => {
  const session = 'alice';
  const block = { call_type: 'block', session };
  const source = '\nimport os, builtins\nbuiltins.mark = x\nreturn os.getpid()\n';
  const pid = await pool.execute({ ...block, method: source, kwargs: { x: 5 } });
  for (let i = 0; i < 4; i += 1) {
    expect(await pool.execute({ ...block, method: '__import__("os").getpid()' })).toBe(pid);
  }
  const face = pool.session(session);
  expect(await face.import('os').getpid()).toBe(pid);
  expect(await face.execute({ ...block, method: 'mark' })).toBe(5);
  await expect(face.execute({ ...block, session: 'bob', method: '1' })).rejects.toThrow(
    /^payload\.session: is "bob", and this is session "alice"/,
  );
  await face.close();
});

test('a session of a payload is made by its init first', async () => {
  const init = (face: any): unknown => face.exec('import builtins; builtins.made = "by init"');
  const face = pool.session('carol', { init });
  const made = { call_type: 'block', method: 'made', session: 'carol' };
  expect(await pool.execute(made)).toBe('by init');
  await face.close();
});

test('a deadline ends the call', async () => {
  const sleep = { call_type: 'function', module: 'time', method: 'sleep', args: [20] };
  await expect(pool.execute({ ...sleep, deadline_ms: 150 })).rejects.toMatchObject({
    code: 'ERR_TIMEOUT',
  });
});

test('a handle of another place is named', async () => {
  const list = open(here).builtins.list() as { readonly $ref: string };
  const iter = { call_type: 'iter', ref: list.$ref };
  await expect(pool.execute(iter)).rejects.toMatchObject({ code: 'ERR_HANDLE_ELSEWHERE' });
  await expect(pool.execute(iter)).rejects.toThrow(/of this process.*w1/s);
  const other: any = await isolated({ workers: 1, ...here });
  try {
    const far = await other.builtins.list();
    await expect(pool.execute({ call_type: 'iter', ref: far.$ref })).rejects.toThrow(
      /worker p\d+-w\d+/,
    );
    expect(await other.execute({ call_type: 'method', ref: far.$ref, method: '__len__' })).toBe(0);
  } finally {
    await other.close();
  }
});

test('a handle that was let go, and one whose worker is gone, are said to be', async () => {
  const list = await pool.builtins.list();
  const ref = list.$ref as string;
  await list[Symbol.asyncDispose]();
  await expect(pool.execute({ call_type: 'iter', ref })).rejects.toMatchObject({
    code: 'ERR_DISPOSED',
  });
  const gone = ref.replace(/^w\d+\.\d+/, 'w999.999');
  await expect(pool.execute({ call_type: 'iter', ref: gone })).rejects.toMatchObject({
    code: 'ERR_HANDLE_LOST',
  });
});
