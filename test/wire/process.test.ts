import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, describe, expect, test } from 'vitest';

import { KeptObject, ModuleName, type Step, StepResult } from '../../src/contract/batch.ts';
import { loadBinding } from '../../src/native/load.ts';
import { StatusSlot } from '../../src/pool/status-page.ts';
import { call, evaluate, TestWorker, type TestWorkerOptions } from './support/worker.ts';

const workers: TestWorker[] = [];

async function start(options?: TestWorkerOptions, settings = {}): Promise<TestWorker> {
  const worker = new TestWorker(options);
  workers.push(worker);
  return worker.ready(settings);
}

afterEach(async () => {
  for (const worker of workers.splice(0)) {
    worker.child.kill('SIGKILL');
    await worker.end();
  }
});

/** A worker with a status page, and our view of its slot. */
async function startWithPage(): Promise<{ worker: TestWorker; slot: StatusSlot }> {
  const binding = loadBinding();
  const descriptor = binding.makeMemory(4096);
  const page = binding.mapMemory(descriptor, 4096);
  if (typeof page === 'number') throw new Error('mapMemory');
  const worker = await start({ stdio: [descriptor], settings: { slot: 2, status: 5 } });
  closeSync(descriptor);
  return { worker, slot: new StatusSlot(page, 2) };
}

const LOOP: Step = { op: 'exec', name: 'while True: pass' };

describe.each(['native', 'stream'] as const)('a worker over a %s channel', (channel) => {
  test('answers, also to megabytes, and to many at once', async () => {
    const worker = await start({ channel });
    const text = 'ž'.repeat(3_000_000);
    expect(await worker.run([call('builtins', 'len', text)])).toBe(text.length);
    const repeated = await worker.run([
      evaluate('"x" * 5_000_000'),
      { op: 'method', target: new StepResult(0), name: 'upper' },
    ]);
    expect(repeated).toHaveLength(5_000_000);
    const all = Array.from({ length: 2000 }, (_, i) => worker.run([call('builtins', 'abs', -i)]));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  });

  test('takes more than the pipe holds while it is busy', async () => {
    const worker = await start({ channel });
    const busy = worker.run([call('time', 'sleep', 0.2)]);
    const data = new Uint8Array(1_000_000).fill(7);
    const sums = Array.from({ length: 8 }, () => worker.run([call('builtins', 'sum', data)]));
    await busy;
    expect(await Promise.all(sums)).toEqual(Array(8).fill(7_000_000));
  });

  test('ends when the host closes the channel, or says so', async () => {
    const one = await start({ channel });
    expect(await one.end()).toBe(0);
    const other = await start({ channel });
    other.connection.shutdown();
    await new Promise((resolve) => other.child.once('exit', resolve));
    expect(other.child.exitCode).toBe(0);
    // The event may be a turn behind the exit.
    await sleep(20);
    expect(other.closed).toBe(null);
  });

  test('its death is the end of the channel', async () => {
    const worker = await start({ channel });
    const lost = worker.run([call('os', '_exit', 0)]);
    await expect(lost).rejects.toThrow('closed the channel');
    expect(worker.connection.isOpen).toBe(false);
    worker.connection.release([1]);
    worker.connection.close();
  });
});

describe('cancelling', () => {
  test('the status page says what started', async () => {
    const { worker, slot } = await startWithPage();
    expect(slot.read('started')).toBe(0);
    await worker.run([call('math', 'sqrt', 4)]);
    await worker.run([call('math', 'sqrt', 4)]);
    expect(slot.read('started')).toBe(2);
    await expect.poll(() => slot.read('current')).toBe(0);
  });

  test('SIGINT with the id of a run ends that run, and the worker lives', async () => {
    const { worker, slot } = await startWithPage();
    const run = worker.run([LOOP]);
    await expect.poll(() => slot.read('current')).toBe(1);
    slot.cancel(1);
    worker.child.kill('SIGINT');
    await expect(run).rejects.toMatchObject({ record: { type: 'KeyboardInterrupt' } });
    expect(await worker.run([call('math', 'sqrt', 4)])).toBe(2);
  });

  test('without the id it does nothing, and it never reaches another run', async () => {
    const { worker, slot } = await startWithPage();
    const run = worker.run([call('time', 'sleep', 0.1), call('builtins', 'abs', -1)]);
    await expect.poll(() => slot.read('current')).toBe(1);
    worker.child.kill('SIGINT');
    expect(await run).toBe(1);
    for (let i = 0; i < 300; i++) {
      const id = slot.read('started') + 1;
      const answer = worker.run([call('builtins', 'abs', -id)]);
      slot.cancel(id);
      worker.child.kill('SIGINT');
      await answer.then(
        (value) => expect(value).toBe(id),
        (error: unknown) => expect(error).toMatchObject({ record: { type: 'KeyboardInterrupt' } }),
      );
    }
  });

  test('a stream is interrupted as a run is', async () => {
    const { worker, slot } = await startWithPage();
    const code = 'def g():\n    yield 1\n    while True: pass\nit = g()';
    const stream = await worker.run([
      { op: 'exec', name: code, args: [null, 'it'] },
      { op: 'get_item', target: new StepResult(0), args: [0] },
      { op: 'stream', target: new StepResult(1) },
    ]);
    const id = worker.nextId();
    worker.connection.credit(id, stream, 2);
    expect((await worker.kind('item')).value).toBe(1);
    await expect.poll(() => slot.read('current')).toBe(id);
    slot.cancel(id);
    // Again and again, as the pool does: the first may come before the worker noted what it runs.
    const again = setInterval(() => worker.child.kill('SIGINT'), 20);
    const end = await worker.kind('end').finally(() => {
      clearInterval(again);
    });
    expect(end.failure?.record?.type).toBe('KeyboardInterrupt');
  });
});

describe('limits', () => {
  test('a result beyond the frame limit is refused, and the worker lives', async () => {
    const worker = await start({}, { maxFrame: 100_000 });
    await expect(worker.run([evaluate('"x" * 200_000')])).rejects.toMatchObject({
      code: 'ERR_CONVERSION',
    });
    expect(await worker.run([call('math', 'sqrt', 4)])).toBe(2);
  });

  test('objects beyond maxHandles are refused', async () => {
    const worker = await start({}, { maxHandles: 2, firstHandle: 2 ** 33 });
    const first = await worker.run([evaluate('[1]')]);
    expect(first.n).toBe(2 ** 33);
    await worker.run([evaluate('[2]')]);
    await expect(worker.run([evaluate('[3]')])).rejects.toMatchObject({ code: 'ERR_HANDLE_LIMIT' });
    worker.connection.release([first.n]);
    expect((await worker.run([evaluate('[3]')])).n).toBe(2 ** 33 + 2);
    await expect(worker.run([{ op: 'call', target: new KeptObject(9) }])).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
  });

  test('a preload that fails is told before the worker ends', async () => {
    const worker = new TestWorker();
    workers.push(worker);
    await expect(worker.ready({ preload: ['no_such_module'] })).rejects.toThrow('closed');
    const [answer] = worker.messages;
    expect(answer).toMatchObject({
      kind: 'error',
      id: 0,
      failure: { record: { type: 'ModuleNotFoundError' } },
    });
  });

  test('a child of users does not hold the channel', async () => {
    const worker = await start();
    const code = 'import os, sys\npid = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "60")';
    const [pid] = await worker.run([{ op: 'exec', name: code, args: [null, 'pid'] }]);
    worker.child.kill('SIGKILL');
    await expect.poll(() => worker.closed).toBe(null);
    process.kill(pid, 'SIGKILL');
  });

  test('modules and versions of the preload come with ready', async () => {
    const worker = new TestWorker();
    workers.push(worker);
    worker.connection.hello({
      ...{ preload: ['numpy', 'json'], maxFrame: 2 ** 20, maxHandles: 10, firstHandle: 1 },
      helpers: {},
      env: { SNAKEPIT_TEST: 'x' },
    });
    expect((await worker.kind('hello')).pid).toBe(worker.child.pid);
    const { modules } = await worker.kind('ready');
    expect(modules['numpy']).toMatch(/^\d+\./);
    const steps: Step[] = [
      { op: 'get_attr', target: new ModuleName('os'), name: 'environ' },
      { op: 'get_item', target: new StepResult(0), args: ['SNAKEPIT_TEST'] },
    ];
    expect(await worker.run(steps)).toBe('x');
  });
});
