// Loops over py.async: `name:count` each.
import { setImmediate, setTimeout } from 'node:timers/promises';

import { measureAsync, py } from '../support/loop.mjs';

const face = py.async;
const own = await face.exec(
  `
import asyncio

def fail(i):
    raise ValueError(i)

def apply(f, x):
    return f(x)

async def later(i):
    await asyncio.sleep(0)
    return i

async def wait(promise):
    return await promise

def numbers():
    yield from range(5)
`,
  { out: ['fail', 'apply', 'later', 'wait', 'numbers'] },
);
const np = face.import('numpy');
const math = face.import('math');
const small = await np.arange(100);

/** @type {Record<string, (i: number) => Promise<unknown>>} */
const loops = {
  calls: (i) => math.sqrt(i),
  chains: (i) =>
    np
      .arange(i % 10)
      .reshape([1, -1])
      .sum(),
  errors: (i) => own.fail(i).then(null, (error) => error.frames.length),
  callbacks: (i) => own.apply((x) => x + 1, i),
  thrown: (i) =>
    own
      .apply(() => {
        throw new Error(`round ${i}`);
      }, i)
      .then(null, (error) => error.stack),
  coroutines: (i) => own.later(i),
  promises: (i) => own.wait(setImmediate(i)),
  arraysIn: (i) => np.sum(new Float64Array(100).fill(i)),
  arraysOut: (i) => face.fromNumpy(np.full(50, i)),
  arraysOutLarge: (i) => face.fromNumpy(np.full(20_000, i)),
  views: () => small.$view(),
  async streams() {
    let sum = 0;
    for await (const i of own.numbers()) sum += i;
    if (sum !== 10) throw new Error(`the sum was ${sum}`);
  },
  async aborted(i) {
    const control = new AbortController();
    const call = own.later.$call([i], {}, { signal: control.signal });
    if (i % 2 === 0) await setTimeout(1);
    control.abort('enough');
    await call.then(null, () => undefined);
  },
};

// A call may be interrupted just when it has its coroutine: Python warns of those, and loads what it
// warns with.
await face.exec(
  'import linecache, tracemalloc, warnings\nwarnings.simplefilter("ignore", RuntimeWarning)\n' +
    'linecache.checkcache()',
);

// All threads that there will be: each has objects of its own.
const { sleep } = face.import('time');
await Promise.all(Array.from({ length: 100 }, () => sleep(0.02)));

for (const argument of process.argv.slice(2)) {
  const [name, count] = argument.split(':');
  if (!Object.hasOwn(loops, name)) throw new Error(`no loop is called ${name}`);
  await measureAsync(name, Number(count), loops[name]);
}
