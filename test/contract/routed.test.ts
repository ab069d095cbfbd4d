import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import { snakepit } from '../../src/runtime/snakepit.ts';
import { fallbackTable } from './fallback-table.ts';
import { remoteStreamsTable } from './remote-streams-table.ts';
import { runTables } from './support/placements.ts';
import { type Face, failure } from './support/remote.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];
const here = project === undefined ? {} : { project };

// As the machine's owner might say; workers get it, this process does not.
process.env['CUDA_VISIBLE_DEVICES'] = '3';

// Everything runs in this process here, behind the face that could send it elsewhere.
describe('routed', () => {
  let pit: Face;
  beforeAll(async () => {
    pit = await snakepit({ workers: 1, ...here });
  });
  afterAll(async () => {
    expect(pit.stats().workers).toBe(0);
    await pit.close();
  });
  runTables(() => pit, { streams: remoteStreamsTable });
});

const TORCH_LIKE = join(import.meta.dirname, '../fixtures/libraries/torch-like');

// A library that says where it runs stands for PyTorch.
describe('routes', () => {
  let pit: Face;
  let far: Face;
  beforeAll(async () => {
    pit = await snakepit({ workers: 1, spares: 0, isolate: ['torch.cuda', 'zlib'], ...here });
    far = pit.options({ isolate: true });
    for (const face of [pit, far]) await face.import('sys').path.insert(0, TORCH_LIKE);
  });
  afterAll(async () => {
    await pit.close();
  });
  const host = process.pid;

  describe('fallbacks', () => {
    test.each(fallbackTable)('$name', (row) => row.run(far));
  });

  test('by name, and below it', async () => {
    const pid = await far.import('os').getpid();
    expect(pid).not.toBe(host);
    expect(await pit.import('os').getpid()).toBe(host);
    const torch = await pit.import('torch');
    expect(await torch.zeros(1).where().$toJS()).toEqual(['cpu', host]);
    expect(await torch.cuda.pid()).toBe(pid);
    const cuda = await pit.import('torch.cuda');
    expect(await cuda.pid()).toBe(pid);
    expect(pit.stats()).toMatchObject({ workers: 1, crashes: 0 });
  });

  test('by device, with the chain that it is in', async () => {
    const torch = await pit.import('torch');
    const pid = await far.import('os').getpid();
    expect(
      await torch
        .zeros(2, kw({ device: 'cuda' }))
        .where()
        .$toJS(),
    ).toEqual(['cuda', pid]);
    expect(await torch.zeros(2).to('cuda:0').where().$toJS()).toEqual(['cuda:0', pid]);
    const device = await torch.device('cuda');
    expect(await torch.zeros(2, kw({ device })).where().$toJS()).toEqual(['cuda', pid]);
    const option = pit.options({ device: 'cuda' });
    expect(await option.import('os').getpid()).toBe(pid);
    expect(await pit`(${torch}.zeros(1).cuda(), 1)[0].born`).toBe(pid);
  });

  test('.cuda() on a tensor of this process carries it over', async () => {
    const torch = await pit.import('torch');
    const pid = await far.import('os').getpid();
    const near = await torch.tensor([1, 2, 3]);
    expect(await near.where().$toJS()).toEqual(['cpu', host]);
    const gpu = await near.cuda();
    expect(await gpu.where().$toJS()).toEqual(['cuda', pid]);
    expect(await gpu.sum()).toBe(6);
    expect(await near.sum()).toBe(6);
  });

  test('a call runs where its objects are; arrays of this process are carried there', async () => {
    const torch = await pit.import('torch');
    const pid = await far.import('os').getpid();
    const gpu = await torch.tensor([1, 2], kw({ device: 'cuda' }));
    const near = await torch.tensor([10, 20]);
    expect(await torch.add(gpu, near).where().$toJS()).toEqual(['cuda', pid]);
    const array = await pit.import('numpy').arange(4);
    expect(await pit.import('zlib').crc32(array)).toBe(await far.import('zlib').crc32(array));
    expect(await far.builtins.sum([array, array]).$toJS()).toEqual(
      new BigInt64Array([0n, 2n, 4n, 6n]),
    );
  });

  test('other objects of this process stay: the error says what to do', async () => {
    const list = await pit.builtins.list([1]);
    const error = await failure(() => far.builtins.len(list));
    expect(error.code).toBe('ERR_HANDLE_ELSEWHERE');
    expect(error.message).toMatch(/list lives in this process.*\$toJS.*isolate: true/s);
    const there = await far.builtins.list([1]);
    expect(await pit.builtins.len(there)).toBe(1);
    const near = pit.options({ isolate: false });
    expect((await failure(() => near.builtins.len(there))).code).toBe('ERR_HANDLE_ELSEWHERE');
    const forbid = far.options({ copy: 'forbid' });
    const array = await pit.import('numpy').arange(4);
    expect(await failure(() => forbid.builtins.len(array))).toMatchObject({
      code: 'ERR_COPY_REQUIRED',
      reason: 'inline',
    });
  });

  test('a payload goes where its handle is', async () => {
    const there = await far.builtins.list([1, 2]);
    const near = await pit.builtins.list([1]);
    for (const [list, length] of [
      [there, 2],
      [near, 1],
    ]) {
      const payload = { call_type: 'method', ref: list.$ref, method: '__len__' };
      expect(await pit.execute(payload)).toBe(length);
    }
    const cuda = { call_type: 'function', module: 'torch.cuda', method: 'pid' };
    expect(await pit.execute(cuda)).not.toBe(host);
  });

  test('this process sees no GPU, and never started CUDA', async () => {
    const { seen, started } = await pit.exec(
      'import os, torch.cuda as gpu\nseen = os.environ.get("CUDA_VISIBLE_DEVICES")\nstarted = len(gpu.initialised)',
      { out: ['seen', 'started'] },
    );
    // The text names a rule, so it ran in the worker.
    expect(started).toBeGreaterThan(0);
    expect(seen).toBe('3');
    const near = pit.options({ isolate: false });
    expect(await near`__import__('torch').cuda.initialised`.$toJS()).toEqual([]);
    expect(await near`__import__('os').environ['CUDA_VISIBLE_DEVICES']`).toBe('');
    expect(process.env['CUDA_VISIBLE_DEVICES']).toBe('');
  });

  test('a crash there costs its call, and nothing here', async () => {
    const kept = await pit.builtins.list([1]);
    const crash = await failure(() => far.import('os').abort());
    expect(crash).toMatchObject({ code: 'ERR_WORKER_CRASH', signal: 'SIGABRT' });
    expect(await kept.count(1)).toBe(1);
    expect(await far.import('math').sqrt(4)).toBe(2);
    expect(pit.stats().crashes).toBe(1);
  });
});
