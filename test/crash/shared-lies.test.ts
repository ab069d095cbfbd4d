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
// Nothing that a worker says of shared memory is believed: a lie ends the worker, and costs nothing else.
let pool: Face;
beforeAll(async () => {
  pool = await isolated(options);
});
afterAll(async () => {
  await pool.close();
});

describe('a worker lies', () => {
  // Positions in what `show` gives: dtype, shape, strides, offset, owner, file, lease, copied.
  const lies: readonly (readonly [string, string])[] = [
    ['an offset beyond the file', 'made[3] = 2**40'],
    ['an offset that leaves no room', 'made[3] = 8'],
    ['a length beyond the file', 'made[1] = [2**33]'],
    ['strides out of the file', 'made[2] = [2]'],
    ['strides before the file', 'made[2] = [-1]'],
    ['strides beyond all numbers', 'made[2] = [2**53 - 1]'],
    ['a misaligned offset', 'made[1] = [5]; made[3] = 3'],
    ['a shape of nothing but numbers', 'made[1] = "abc"'],
    ['a file of its own that it did not send', 'made[5] = 10**6'],
    ['a file of ours that it was not given', 'made[4] = 0; made[5] = 1'],
    ['somebody else', 'made[4] = 2'],
    ['a dtype that is none', 'made[0] = "float99"'],
  ];
  for (const [name, lie] of lies) {
    test(name, async () => {
      const before = held();
      const source = `
import numpy as np
from _snakepit import shared
real = shared.Shared.show
def show(self, array, name, *, gaps):
    made = list(real(self, array, name, gaps=gaps))
    ${lie}
    return tuple(made)
shared.Shared.show = show
# To the page: what lies behind it is not ours.
x = np.ones(2**17)
`;
      const { x } = await pool.exec(source, { out: ['x'] });
      expect(await crash(() => pool.fromNumpy(x))).toMatchObject({ reason: 'protocol' });
      await until(() => held().blocks <= before.blocks);
    });
  }

  const files: readonly (readonly [string, string])[] = [
    ['that could be cut', 'fd = os.memfd_create("x"); os.ftruncate(fd, 2**20)'],
    ['of a disk', 'fd = os.open(os.__file__, os.O_RDONLY)'],
    ['that is empty', 'fd = os.memfd_create("x", os.MFD_ALLOW_SEALING)'],
    ['that is a pipe', 'fd = os.pipe()[0]'],
    [
      'that may only be read',
      'fd = os.memfd_create("x", os.MFD_ALLOW_SEALING); os.ftruncate(fd, 2**20); ' +
        'import fcntl; fcntl.fcntl(fd, 1033, 0x8)',
    ],
  ];
  for (const [name, make] of files) {
    test(`a file ${name}`, async () => {
      const open = memoryFiles();
      const source = `
import numpy as np, os, socket
${make}
real = socket.send_fds
socket.send_fds = lambda channel, text, fds: real(channel, text, [fd])
x = np.ones(2**17)
`;
      const { x } = await pool.exec(source, { out: ['x'] });
      expect(await crash(() => pool.fromNumpy(x))).toMatchObject({ reason: 'protocol' });
      await until(() => memoryFiles() <= open + 1);
    });
  }

  test('grants that it never had', async () => {
    const before = Number(pool.stats().crashes);
    // The lie goes out with the reply to this call, or right after it.
    await pool
      .exec('from _snakepit import shared\nshared.Shared.take_news = lambda self: ([12345], [])')
      .catch((error: unknown) => {
        expect(error).toMatchObject({ reason: 'protocol' });
      });
    await until(() => pool.stats().crashes === before + 1);
  });

  test('it cannot cut what it was shown', async () => {
    const source = `
import os
from _snakepit import granted
seen = []
real = granted.Mapping.__init__
def keep(self, file, size, descriptor):
    seen.append(os.dup(descriptor))
    real(self, file, size, descriptor)
granted.Mapping.__init__ = keep
`;
    const { seen } = await pool.exec(source, { out: ['seen'] });
    const t = pool.alloc('float64', [1000]);
    t.data[999] = 5;
    await pool.toNumpy(t);
    for (const size of [0, 2 ** 20]) {
      const error = await failure(() =>
        pool.exec('import os\nos.ftruncate(seen[-1], size)', { in: { seen, size } }),
      );
      expect(error).toMatchObject({ type: 'PermissionError' });
    }
    const seal = 'import fcntl\nfcntl.fcntl(seen[-1], 1033, 0x10)';
    expect(await failure(() => pool.exec(seal, { in: { seen } }))).toMatchObject({
      type: 'PermissionError',
    });
    expect(t.data[999]).toBe(5);
  });
});
