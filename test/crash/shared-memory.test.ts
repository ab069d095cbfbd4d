import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { isolated } from '../../src/runtime/isolated.ts';
import { type Face, failure } from '../contract/support/remote.ts';
import { crash, held, memoryFiles, until } from './support/shared.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];
const options = {
  workers: 1,
  breaker: false,
  quarantine: false,
  ...(project === undefined ? {} : { project }),
} as const;
const MB = 2 ** 20;

// What becomes of memory that two processes see when one of them dies.
let pool: Face;
beforeAll(async () => {
  pool = await isolated(options);
});
afterAll(async () => {
  await pool.close();
});

const KILL = 'import os\nos.kill(os.getpid(), 9)\n';

describe('a worker dies', () => {
  test('after its reply: what it showed stays, until it is let go of', async () => {
    const before = held();
    const t = await pool.fromNumpy(await pool.import('numpy').full([MB], 4.5));
    await crash(() => pool.exec(KILL));
    expect(t.data.every((x: number) => x === 4.5)).toBe(true);
    t.data[0] = 1;
    // It goes to the next worker as any other memory.
    expect(await pool.import('numpy').sum(t)).toBe(4.5 * (MB - 1) + 1);
    t.$dispose();
    await until(() => held().used === before.used);
  });

  test('in the middle of a write to ours: the data is the old or the new, and comes back', async () => {
    const before = held();
    const t = pool.alloc('float64', [4 * MB]);
    const write =
      'import os, threading, time\n' +
      'threading.Timer(0.05, lambda: os.kill(os.getpid(), 9)).start()\n' +
      'i = 0\nwhile True:\n    i += 1\n    x[:] = i\n';
    await crash(() => pool.exec(write, { in: { x: t } }));
    const last = t.data[0] as number;
    expect(last).toBeGreaterThan(0);
    expect(t.data.every((x: number) => x === last || x === last - 1)).toBe(true);
    t.$dispose();
    await until(() => held().used === before.used);
  });

  test('while it makes memory, and before it said where: nothing is left here', async () => {
    const before = held();
    const files = memoryFiles();
    const make =
      'import numpy as np, os, threading\n' +
      'threading.Timer(0.05, lambda: os.kill(os.getpid(), 9)).start()\n' +
      'kept = []\nwhile True:\n    kept.append(np.ones(30_000))\n';
    await crash(() => pool.exec(make));
    // It sent the descriptor, and the reply never came.
    const show = `
import numpy as np, os
from _snakepit import shared
real = shared.Shared.show
def show(self, array, name, *, gaps):
    made = real(self, array, name, gaps=gaps)
    os.kill(os.getpid(), 9)
shared.Shared.show = show
x = np.ones(100_000)
`;
    const { x } = await pool.exec(show, { out: ['x'] });
    await crash(() => pool.fromNumpy(x));
    await until(() => held().blocks === before.blocks && memoryFiles() <= files + 1);
  });

  test('while JavaScript reads, again and again', async () => {
    const before = held();
    for (let i = 0; i < 10; i += 1) {
      const np = pool.import('numpy');
      const tensors = await Promise.all(
        [1, 2, 3].map(async (n) => pool.fromNumpy(await np.full([200_000], n + i))),
      );
      const killed = failure(() => pool.exec(KILL));
      for (const [n, t] of tensors.entries()) {
        await new Promise((go) => setImmediate(go));
        expect(t.data.at(-1)).toBe(BigInt(n + 1 + i));
      }
      await killed;
      for (const t of tensors) expect(t.data.at(0)).toBe(t.data.at(-1));
      for (const t of tensors) t.$dispose();
    }
    await until(() => held().used === before.used);
  });
});

test('one array, shown twice: the second tensor keeps it when the first is gone', async () => {
  const one: Face = await isolated({ ...options, spares: 0 });
  try {
    for (let i = 0; i < 20; i += 1) {
      const array = await one.import('numpy').full([50_000], i + 0.5);
      const first = one.fromNumpy(array).then((t: Face) => {
        t.$dispose();
      });
      const second = one.fromNumpy(array);
      await first;
      const t = await second;
      array.$dispose();
      // Would take the memory over, if it were free.
      (await one.import('numpy').full([50_000], -1.5)).$dispose();
      await one.exec('import numpy as np\nx = np.full(50_000, -2.5)', { out: ['x'] });
      expect(t.data.every((x: number) => x === i + 0.5)).toBe(true);
      t.$dispose();
    }
  } finally {
    await one.close();
  }
});

describe('rounds leave nothing', () => {
  test('descriptors, blocks, mappings and memory, here and there', async () => {
    const one: Face = await isolated({ ...options, spares: 0 });
    try {
      const np = await one.import('numpy');
      const theirs = async (): Promise<number[]> =>
        one
          .exec(
            'import os\nn = [len(os.listdir("/proc/self/fd")), len(open("/proc/self/maps").readlines())]',
            { out: ['n'] },
          )
          .then((end: Face) => end.n.$toJS()) as Promise<number[]>;
      const round = async (i: number): Promise<void> => {
        const t = one.alloc('float64', [20_000 + (i % 3) * 1000]);
        t.data.fill(i);
        const result = await np.multiply(t, 2);
        const made = await one.fromNumpy(result);
        expect(made.data.at(-1)).toBe(i * 2);
        result.$dispose();
        made.$dispose();
        t.$dispose();
      };
      for (let i = 0; i < 100; i += 1) await round(i);
      const before = { held: held(), files: memoryFiles(), theirs: await theirs() };
      const rss = process.memoryUsage.rss();
      for (let i = 0; i < 2000; i += 1) await round(i);
      await until(() => held().used <= before.held.used);
      expect(memoryFiles()).toBeLessThanOrEqual(before.files + 4);
      const after = await theirs();
      expect(after[0]).toBeLessThanOrEqual((before.theirs[0] ?? 0) + 4);
      expect(after[1]).toBeLessThanOrEqual((before.theirs[1] ?? 0) + 20);
      expect(process.memoryUsage.rss() - rss).toBeLessThan(60 * MB);
    } finally {
      await one.close();
    }
  });

  test('nobody disposes: collection alone gives the memory back', async () => {
    const one: Face = await isolated({ ...options, spares: 0 });
    try {
      const np = await one.import('numpy');
      const most = { used: 0 };
      for (let i = 0; i < 300; i += 1) {
        const t = await one.fromNumpy(await np.full([250_000], i + 0.5));
        expect(t.data[7]).toBe(i + 0.5);
        most.used = Math.max(most.used, held().used);
      }
      // 600 MB went by.
      expect(most.used).toBeLessThan(200 * MB);
    } finally {
      await one.close();
    }
  });

  test('what lies idle goes back', async () => {
    const one: Face = await isolated({ ...options, spares: 0 });
    try {
      const np = await one.import('numpy');
      for (const n of [1, 2, 3]) (await np.ones([n * MB])).$dispose();
      const t = one.alloc('float64', [MB]);
      await np.sum(t);
      const files = memoryFiles();
      t.$dispose();
      await new Promise((go) => setTimeout(go, 4500));
      expect(memoryFiles()).toBeLessThan(files);
      const maps = 'sum("memfd:snakepit" in line for line in open("/proc/self/maps"))';
      // The arena's own file, whose middle is one piece again.
      expect(await one.builtins.eval(maps)).toBeLessThanOrEqual(3);
    } finally {
      await one.close();
    }
  });
});

test.each([null, '1GiB'])(
  'a fork by user code has memory of its own, under the limit %s',
  async (memory) => {
    const limited = await isolated({ ...options, ...(memory === null ? {} : { memory }) });
    try {
      const { code, rest } = await limited.exec(
        `
import os
import numpy as np
x = np.full(1_000_000, 2.0)
y = np.full(100, 3.0)
pid = os.fork()
if pid == 0:
    x[0] = 40
    y[0] = 1
    z = np.ones(500_000)
    os._exit(int(x[:2].sum() + y[:2].sum() + z[0]))
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
rest = float(x.sum() + y.sum())`,
        { out: ['code', 'rest'] },
      );
      expect([code, rest]).toEqual([47, 2_000_300]);
    } finally {
      await limited.close();
    }
  },
  30_000,
);
