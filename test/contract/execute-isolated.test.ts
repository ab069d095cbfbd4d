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

const CALL = { call_type: 'block', method: 'dict(current_call)' };

test('user code can read the idempotency key, the attempt and the trace', async () => {
  const { current_call } = await pool.exec('from _snakepit.worker import current_call', {
    out: ['current_call'],
  });
  const said = { key: 'k-7', attempt: 3, trace: 't' };
  const kwargs = { current_call: { $ref: current_call.$ref } };
  const seen = await pool.execute({ ...CALL, kwargs, ...said, want: 'value' });
  expect(seen).toMatchObject(said);
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
