import { expect } from 'vitest';

import { copies } from '../../src/tensor/copies.ts';
import { type Face, failure, type RemoteRow } from './support/remote.ts';

const SOURCE = `
import time
log = []
def numbers(pause=0):
    try:
        for n in range(1000):
            log.append(n)
            time.sleep(pause)
            yield n
    finally:
        log.append("closed")
async def later():
    try:
        for n in range(3):
            got = yield n
            if got is not None:
                log.append(got)
    finally:
        log.append("closed")
class Ticker:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 3: raise StopAsyncIteration
        return self.n
`;

const made = (face: Face): Promise<any> =>
  face.exec(SOURCE, { out: ['log', 'numbers', 'later', 'Ticker'] });

/** Streams, what cannot be an argument, memory. */
export const remoteStreamsTable: readonly RemoteRow[] = [
  {
    name: 'a slow consumer bounds the producer, and leaving closes it',
    async run(face) {
      const { log, numbers } = await made(face);
      let taken = 0;
      for await (const item of numbers()) {
        expect(item).toBe(taken);
        taken += 1;
        if (taken === 20) break;
      }
      const seen = await log.$toJS();
      expect(seen.at(-1)).toBe('closed');
      // Bunches double, so the producer is never more than as many items ahead as were taken.
      expect(seen.length).toBeLessThanOrEqual(2 * taken + 64);
    },
  },
  {
    name: 'a slow producer’s items come one by one',
    async run(face) {
      const { log, numbers } = await made(face);
      let taken = 0;
      for await (const item of numbers(0.01)) {
        taken += 1;
        if (taken < 16) continue;
        expect(item).toBe(15);
        break;
      }
      expect((await log.$toJS()).length).toBeLessThanOrEqual(16 + 2);
    },
  },
  {
    name: 'asynchronous iterators and generators',
    async run(face) {
      const { log, later, Ticker } = await made(face);
      const seen: unknown[] = [];
      for await (const item of later()) seen.push(item);
      for await (const item of Ticker()) seen.push(item);
      expect(seen).toEqual([0, 1, 2, 1, 2, 3]);
      const left = later()[Symbol.asyncIterator]();
      expect(await left.next()).toEqual({ done: false, value: 0 });
      await left.return();
      expect(await log.$toJS()).toEqual(['closed', 'closed']);
    },
  },
  {
    name: 'alloc is zeroed memory that crosses with its shape',
    async run(face) {
      copies.reset();
      const t = face.alloc('float32', [2, 3]);
      expect([t.dtype, t.shape, t.data.length]).toEqual(['float32', [2, 3], 6]);
      t.data.set([1, 2, 3, 4, 5, 6]);
      const array = await face.toNumpy(t);
      expect(await array.shape.$toJS()).toEqual([2, 3]);
      const doubled = await face.fromNumpy(await array.__mul__(2));
      expect([doubled.dtype, doubled.shape]).toEqual(['float32', [2, 3]]);
      expect([...doubled.toOwned().data]).toEqual([2, 4, 6, 8, 10, 12]);
      expect(face.alloc('bool', [0, 4]).data).toHaveLength(0);
      expect(face.alloc('complex64', []).data).toHaveLength(2);
      const dtype = (): unknown => face.alloc('float33', [1]);
      expect(dtype).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
      expect(() => face.alloc('int8', [-1])).toThrow();
    },
  },
];

/** py`${…}`, as a call. */
const TEXT = Object.assign(['', ''], { raw: ['', ''] });

/** What cannot cross to another process: refused at once, by its path, with what to do. */
export const refusedArgumentsTable: readonly RemoteRow[] = (
  [
    ['a function', () => 1, /Write it in Python/],
    ['an async function', async () => await Promise.resolve(1), /Write it in Python/],
    [
      'a class',
      class {
        readonly x = 1;
      },
      /Write it in Python/,
    ],
    ['a Promise', Promise.resolve(1), /a Promise has no counterpart/],
    ['an iterator', [1][Symbol.iterator](), /no counterpart/],
    ['a stream', new ReadableStream(), /no counterpart/],
    ['an Error', new Error('mine'), /no counterpart/],
    ['a symbol', Symbol('s'), /a symbol has no counterpart/],
  ] as const
).map(([name, value, message]) => ({
  name: `${name} is no argument here`,
  async run(face: Face) {
    for (const [call, path] of [
      [() => face.builtins.len(value), /^args\[0\]/],
      [() => face.builtins.len([1, { a: value }]), /^args\[0\]\[1\]\.a/],
      [() => face(TEXT, value), /^kwargs/],
    ] as const) {
      const error = await failure(call);
      expect(error.code).toBe('ERR_CONVERSION');
      expect(error.message).toMatch(path);
      expect(error.message).toMatch(message);
    }
    expect(await face.builtins.len([1])).toBe(1);
  },
}));
