import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { tensor } from '../../src/tensor/make.ts';
import { failure } from '../contract/support/remote.ts';
import { py } from './open.ts';

const face: any = py.async;

async function define(code: string, ...out: string[]): Promise<any> {
  return await face.exec(code, { out });
}

describe('memory given to py.async', () => {
  test('is the same memory there, for typed arrays and tensors', async () => {
    const np = face.import('numpy');
    const data = new Float32Array([1, 2, 3, 4]);
    const array = await np.asarray(data);
    expect(BigInt(await array.ctypes.data)).toBe(tensor(data).address);
    await array.fill(9);
    expect([...data]).toEqual([9, 9, 9, 9]);
    const owned = py.alloc('float64', [2, 3]);
    owned.data.fill(2);
    expect(await np.sum(owned)).toBe(12);
    expect(BigInt(await (await np.asarray(owned)).ctypes.data)).toBe(owned.address);
    expect(await np.shape(owned).__len__()).toBe(2);
  });

  test('is bytes where the class says so', async () => {
    const bytes = new Uint8Array([1, 2]);
    const { view } = await define('def view(b):\n  b[0] = 7\n  return type(b).__name__', 'view');
    expect(await view(bytes)).toBe('memoryview');
    expect(await view(new SharedArrayBuffer(3))).toBe('memoryview');
    expect(await view(new DataView(bytes.buffer))).toBe('memoryview');
    expect(bytes[0]).toBe(7);
  });

  test('lives while Python holds it, and no longer', async () => {
    const { keep, total, drop } = await define(
      'kept = []\nimport numpy\ndef keep(x): kept.append(x)\n' +
        'def total(): return float(sum(x.sum() for x in kept))\ndef drop(): kept.clear()',
      ...['keep', 'total', 'drop'],
    );
    for (let i = 0; i < 20; i++) await keep(new Float64Array(1000).fill(1));
    globalThis.gc?.();
    expect(await total()).toBe(20_000);
    await drop();
  });

  test('a detached or disposed one is refused at the call', async () => {
    const data = new Float64Array(4);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(await failure(() => face.builtins.len(data))).toMatchObject({ code: 'ERR_CONVERSION' });
    const gone = py.alloc('float32', [2]);
    gone.$dispose();
    expect(await failure(() => face.builtins.len(gone))).toMatchObject({ code: 'ERR_DISPOSED' });
  });
});

describe('JavaScript from Python threads', () => {
  test('functions are called, from the call’s thread and from others', async () => {
    const { each, threads } = await define(
      'import threading\ndef each(f, n): return [f(i) for i in range(n)]\n' +
        'def threads(f):\n  out = []\n' +
        '  ts = [threading.Thread(target=lambda i=i: out.append(f(i))) for i in range(8)]\n' +
        '  for t in ts: t.start()\n  for t in ts: t.join()\n  return sorted(out)',
      ...['each', 'threads'],
    );
    expect(await each((i: number) => i * 2, 5).$toJS()).toEqual([0, 2, 4, 6, 8]);
    expect(await threads((i: number) => i * i).$toJS()).toEqual([0, 1, 4, 9, 16, 25, 36, 49]);
  });

  test('an error of theirs comes out the same object, and so do functions and objects', async () => {
    const { run, same } = await define('def run(f): f()\ndef same(x): return x', 'run', 'same');
    const error = new RangeError('mine');
    const thrown = await failure(() =>
      run(() => {
        throw error;
      }),
    );
    expect(thrown).toBe(error);
    class Own {
      readonly x = 5;
    }
    const own = new Own();
    expect(await same(own)).toBe(own);
    expect(await face`${own}.x + 1`).toBe(6);
    const fn = (): null => null;
    expect(await same(fn)).toBe(fn);
  });

  test('they may call back into either face', async () => {
    const { apply } = await define('def apply(f, x): return f(x)', 'apply');
    expect(await apply((x: number) => py.builtins.pow(x, 2) as number, 3)).toBe(9);
    const later: Promise<unknown>[] = [];
    await apply((x: number) => {
      later.push(face.builtins.pow(x, 3));
    }, 3);
    expect(await Promise.all(later)).toEqual([27]);
  });

  test('during a synchronous call that computes, and ERR_DEADLOCK in one that waits', () => {
    const { computing, waiting } = py.exec(
      `
import threading

def computing(f):
    out = []
    threading.Thread(target=lambda: out.append(f(1))).start()
    while not out:
        pass
    return out[0]

def waiting(f):
    lock, failed = threading.Lock(), []
    lock.acquire()
    ready = threading.Lock()
    ready.acquire()
    def run():
        ready.acquire()
        try:
            f(1)
        except BaseException as error:
            failed.append(type(error).__name__ + ": " + str(error))
        lock.release()
    threading.Thread(target=run).start()
    threading.Timer(0.05, ready.release).start()
    lock.acquire()
    return failed[0]
`,
      { out: ['computing', 'waiting'] },
    );
    expect(computing((x: number) => x + 1)).toBe(2);
    const begun = performance.now();
    expect(waiting((x: number) => x)).toMatch(/^DeadlockError: ERR_DEADLOCK/);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('the end of a call', () => {
  const spin = (limited: any): unknown => limited`
while True:
    pass
`;

  test('a signal interrupts Python code, and its reason is the error', async () => {
    const control = new AbortController();
    setTimeout(() => {
      control.abort(new Error('enough'));
    }, 30);
    const error = await failure(() => spin(face.options({ signal: control.signal })));
    expect(error.message).toBe('enough');
    const before = AbortSignal.abort('never');
    expect(await failure(() => face.options({ signal: before }).builtins.len([]))).toBe('never');
  });

  test('a time limit is ERR_TIMEOUT; in a queue, in Python code, in a coroutine', async () => {
    const limited = face.options({ timeout: 30 });
    expect(await failure(() => spin(limited))).toMatchObject({ code: 'ERR_TIMEOUT' });
    const { slow, log } = await define(
      'import asyncio\nlog = []\nasync def slow():\n  try: await asyncio.sleep(30)\n' +
        '  except asyncio.CancelledError:\n    log.append("cancelled"); raise',
      ...['slow', 'log'],
    );
    const waiting = limited.py ?? limited;
    expect(await failure(() => waiting`await ${slow}()`)).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(await log.$toJS()).toEqual(['cancelled']);
  });

  test('what cannot be interrupted is given up, and another thread takes its place', async () => {
    const { abandoned } = face.stats();
    const error = await failure(() => face.options({ timeout: 30 }).import('time').sleep(1));
    expect(error).toMatchObject({ code: 'ERR_ABANDONED', cause: { code: 'ERR_TIMEOUT' } });
    expect(face.stats().abandoned).toBe((abandoned as number) + 1);
    expect(await face.builtins.len([1])).toBe(1);
    await sleep(1000);
    expect(await face.builtins.len([1, 2])).toBe(2);
  });

  test('each of many calls settles once, cancelled or not, with its own result', async () => {
    const { work } = await define(
      'import time\ndef work(i):\n  if i % 7 == 0: time.sleep(0.001)\n  return i',
      'work',
    );
    const calls = Array.from({ length: 3000 }, async (_none, i) => {
      const control = new AbortController();
      if (i % 3 === 0) setTimeout(() => control.abort('stopped'), (i * 7) % 50);
      const call = i % 3 === 0 ? work.$call([i], {}, { signal: control.signal }) : work(i);
      return await (call as Promise<number>).then(
        (value) => value === i,
        (error: unknown) => error === 'stopped',
      );
    });
    const ends = await Promise.all(calls);
    expect(ends.filter(Boolean)).toHaveLength(3000);
    expect(await work(5)).toBe(5);
  });

  test('an exception of the user’s that is caught does not hide the interruption', async () => {
    const { hide } = await define(
      'def hide():\n  try:\n    while True: pass\n  except KeyboardInterrupt:\n    return 1',
      'hide',
    );
    const error = await failure(() => hide.$call([], {}, { timeout: 30 }));
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT' });
    expect(await failure(() => face.builtins.int('x'))).toBeInstanceOf(errors.ValueError);
  });
});
