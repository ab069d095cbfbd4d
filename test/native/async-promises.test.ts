// Promises, async functions and streams of JavaScript that Python awaits through py.async.
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { failure } from '../contract/support/remote.ts';
import { py } from './open.ts';

const face: any = py.async;

async function define(code: string, ...out: string[]): Promise<any> {
  return await face.exec(code, { out });
}

const { wait, apply, collect, alone, blocked } = await define(
  `
import asyncio

async def wait(promise):
    return await promise

async def apply(f, *args):
    return await f(*args)

async def collect(source):
    return [item async for item in source]

def alone(promise):
    async def main():
        return await promise
    return asyncio.run(main())

def blocked(promise):
    promise.__await__().send(None)
`,
  ...['wait', 'apply', 'collect', 'alone', 'blocked'],
);

test('a promise is awaited in a coroutine, pending or settled', async () => {
  expect(await wait(Promise.resolve(5))).toBe(5);
  expect(await wait(sleep(20, 'later'))).toBe('later');
  expect(await alone(sleep(5, 1))).toBe(1);
  const mine = new Error('mine');
  expect(await failure(() => wait(Promise.reject(mine)))).toBe(mine);
  expect(await failure(() => wait(sleep(5).then(() => Promise.reject(mine))))).toBe(mine);
  const own = new URL('https://example.org');
  expect(await wait(sleep(1, own))).toBe(own);
});

test('an async function is awaited, an async generator and a stream are iterated', async () => {
  expect(await apply(async (x: number) => sleep(2, x * 2), 21)).toBe(42);
  const generate = async function* (): AsyncGenerator<number> {
    for (let i = 0; i < 3; i++) yield await sleep(1, i);
  };
  expect(await (await collect(generate())).$toJS()).toEqual([0, 1, 2]);
  const stream = new ReadableStream<string>({
    async start(controller) {
      for (const part of ['a', 'b']) controller.enqueue(await sleep(1, part));
      controller.close();
    },
  });
  expect(await (await collect(stream)).$toJS()).toEqual(['a', 'b']);
  const failing = async function* (): AsyncGenerator<number> {
    yield 1;
    throw await sleep(1, new RangeError('midway'));
  };
  expect(await failure(() => collect(failing()))).toMatchObject({ message: 'midway' });
});

test('each of many has its own value', async () => {
  const ms = (i: number): number => (i * 7919) % 50;
  const all = Array.from({ length: 2000 }, (_, i) => wait(sleep(ms(i), i)));
  expect(await Promise.all(all)).toEqual(all.map((_, i) => i));
});

test('a call that waits for a promise can be ended', async () => {
  const never = new Promise(() => undefined);
  const { wait: hurried } = await face
    .options({ timeout: 30 })
    .exec('async def wait(p): return await p', { out: ['wait'] });
  expect(await failure(() => hurried(never))).toMatchObject({ code: 'ERR_TIMEOUT' });
  const controller = new AbortController();
  const { wait: watched } = await face
    .options({ signal: controller.signal })
    .exec('async def wait(p): return await p', { out: ['wait'] });
  setTimeout(() => {
    controller.abort('enough');
  }, 10);
  expect(await failure(() => watched(never))).toBe('enough');
});

test('without an asyncio loop it says what is missing', async () => {
  expect(await failure(() => blocked(new Promise(() => undefined)))).toMatchObject({
    type: 'RuntimeError',
    message: expect.stringMatching(/no running event loop/),
  });
});
