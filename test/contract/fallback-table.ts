import { join } from 'node:path';

import { expect } from 'vitest';

import { kw } from '../../src/contract/kw.ts';
import type { EventMap } from '../../src/contract/events.ts';
import { errors } from '../../src/errors/python-errors.ts';
import { HandleElsewhereError } from '../../src/errors/worker-errors.ts';
import { events } from '../../src/events/events.ts';
import { failure, type RemoteRow } from './support/remote.ts';

// A library that knows devices and their memory stands for PyTorch.
const TORCH_LIKE = join(import.meta.dirname, '../fixtures/libraries/torch-like');

const OOM = 'torch.OutOfMemoryError';
const TO_CPU = { [OOM]: { device: 'cpu' } };
const ON_CUDA = kw({ device: 'cuda' });

async function torchOf(face: any): Promise<any> {
  const path = await face.import('sys').path;
  if (!(await path.__contains__(TORCH_LIKE))) await path.insert(0, TORCH_LIKE);
  return await face.import('torch');
}

/** What is answered while `run` runs. */
async function heard(run: () => Promise<void>): Promise<EventMap['fallback'][]> {
  const all: EventMap['fallback'][] = [];
  const hearing = events.on('fallback', (event) => all.push(event));
  try {
    await run();
  } finally {
    hearing[Symbol.dispose]();
  }
  return all;
}

const device = async (tensor: any): Promise<string> => (await tensor.where().$toJS())[0];

const consents: readonly RemoteRow[] = [
  {
    name: 'onError: out of memory on the GPU is answered by the CPU: one result, one event',
    async run(face) {
      const torch = await torchOf(face.options({ onError: TO_CPU }));
      const seen = await heard(async () => {
        const made = await torch.zeros(5000, ON_CUDA);
        expect(await device(made)).toBe('cpu');
        expect(await device(torch.zeros(10, ON_CUDA))).toBe('cuda');
      });
      expect(seen).toEqual([{ name: 'zeros', error: expect.any(Error), device: 'cpu' }]);
      expect(seen[0]?.error).toBeInstanceOf(errors.get(OOM));
      expect((seen[0]?.error as any).context).toMatchObject({
        source: 'message',
        bytes_requested: 5000 * 2 ** 30,
        device: 'cuda:0',
      });
    },
  },
  {
    name: 'onError: with the chain that it is in, of which nothing is done twice that went well',
    async run(face) {
      const torch = await torchOf(face.options({ onError: TO_CPU }));
      const log = await face.builtins.list();
      const count = await face.exec('def count():\n  log.append(1)\n  return 5000', {
        in: { log },
        out: ['count'],
      });
      const { count: counted } = count;
      const seen = await heard(async () => {
        expect(await torch.zeros(5000, ON_CUDA).repeat(2).sum()).toBe(0);
        const one = face.options({ onError: TO_CPU });
        expect(await one`${torch}.zeros(1, device=${'cuda'}).sum()`).toBe(0);
        const size = counted();
        expect(await torch.zeros(size, ON_CUDA).sum()).toBe(0);
      });
      expect(seen.map((event) => event.name)).toEqual(['zeros', 'zeros']);
      expect(await log.__len__()).toBe(1);
    },
  },
  {
    name: 'onError: tensors among the arguments are moved, and stay where they were',
    async run(face) {
      const torch = await torchOf(face);
      const runs = await torch.cuda.runs;
      await runs.clear();
      const far = await torch.zeros(900, ON_CUDA);
      const { stack } = await face.exec(
        'from torch import Tensor, cuda\n' +
          'def stack(tensors, named):\n' +
          '  all = [*tensors["list"], named]\n  cuda.runs.append([one.device for one in all])\n' +
          '  return Tensor([x for one in all for x in one.data], all[0].device)',
        { out: ['stack'] },
      );
      const made = await stack.$call([{ list: [far, far] }], { named: far }, { onError: TO_CPU });
      expect(await device(made)).toBe('cpu');
      expect(await device(far)).toBe('cuda');
      expect(await runs.$toJS()).toEqual([
        ['cuda', 'cuda', 'cuda'],
        ['cpu', 'cpu', 'cpu'],
      ]);
    },
  },
  {
    name: 'onError: x.to("cuda") and x.cuda() are asked for the other device',
    async run(face) {
      const torch = await torchOf(face.options({ onError: TO_CPU }));
      const near = await torch.zeros(5000);
      expect(await device(near.to('cuda'))).toBe('cpu');
      expect(await device(near.cuda())).toBe('cpu');
    },
  },
  {
    name: 'onError: what the call is made on stays where it is, and the refusal says what to do',
    async run(face) {
      const torch = await torchOf(face.options({ onError: TO_CPU }));
      const nn = await face.options({ onError: TO_CPU }).import('torch.nn');
      const far = await torch.zeros(900, ON_CUDA);
      const model = await nn.Scale(far);
      for (const run of [
        () => far.repeat(2),
        () => model(torch.zeros(2, ON_CUDA)),
        () => far.repeat.$call([2], {}, { onError: TO_CPU }),
      ]) {
        const error = await failure(run);
        expect(error).toBeInstanceOf(HandleElsewhereError);
        expect(error.message).toMatch(/itself on cuda.*await x\.to\('cpu'\)/);
        expect(error.cause).toBeInstanceOf(errors.get(OOM));
      }
    },
  },
  {
    name: 'onError: a call runs again once',
    async run(face) {
      const { fail, log } = await face.exec(
        'log = []\ndef fail(device):\n  log.append(device)\n  raise ValueError(len(log))',
        { out: ['fail', 'log'] },
      );
      const options = { onError: { ValueError: { device: 'cpu' } } };
      const error = await failure(() => fail.$call([], { device: 'cuda' }, options));
      expect(error.message).toBe('2');
      expect(await log.$toJS()).toEqual(['cuda', 'cpu']);
    },
  },
];

const answers: readonly RemoteRow[] = [
  {
    name: 'onError: a function answers instead, by the first class that matches',
    async run(face) {
      const onError = {
        [OOM]: () => 'memory',
        ArithmeticError: async (error: any) => await Promise.resolve(`${error.type} here`),
        ZeroDivisionError: () => 'never',
      };
      const under = face.options({ onError });
      const torch = await torchOf(under);
      const seen = await heard(async () => {
        expect(await under`1 / 0`).toBe('ZeroDivisionError here');
        expect(await torch.zeros(5000, ON_CUDA).repeat(2).sum()).toBe('memory');
        expect(await failure(() => under`{}[1]`)).toBeInstanceOf(errors.KeyError);
      });
      expect(seen.map((event) => event.device)).toEqual([null, null]);
    },
  },
  {
    name: 'onError: `_` and a function alone answer everything but an aborted signal',
    async run(face) {
      const all = face.options({ onError: (error: any) => error.type });
      expect(await all`{}[1]`).toBe('KeyError');
      expect(await face.options({ onError: { ValueError: () => 1, _: () => 2 } })`{}[1]`).toBe(2);
      const controller = new AbortController();
      const slow = face.options({ onError: () => 'answered', signal: controller.signal });
      const sleeping = slow`
        import time
        while True: time.sleep(0.01)`;
      setTimeout(() => {
        controller.abort(new Error('enough'));
      }, 100);
      expect(await failure(() => sleeping)).toMatchObject({ message: 'enough' });
    },
  },
  {
    name: 'onError: what it throws is the error',
    async run(face) {
      const thrown = new RangeError('mine');
      const under = face.options({
        onError: () => {
          throw thrown;
        },
      });
      expect(await failure(() => under`1 / 0`)).toBe(thrown);
    },
  },
  {
    name: 'onError: the answer is what calls that use it get',
    async run(face) {
      const under = face.options({ onError: { ZeroDivisionError: () => 7 } });
      const wrong = under`1 / 0`;
      expect(await wrong).toBe(7);
      expect(await face.import('math').gcd(wrong, 14)).toBe(7);
    },
  },
  {
    name: 'onError: wrong answers are refused by name',
    async run(face) {
      const refused = [
        [5, /onError: expected a function/],
        [{ ValueError: 'cpu' }, /onError\.ValueError: expected \{ device: 'cpu' \}/],
        [{ ValueError: { device: '' } }, /onError\.ValueError/],
        [{ ValueError: { device: 'cpu', more: 1 } }, /onError\.ValueError/],
      ] as const;
      for (const [onError, message] of refused) {
        const error = await failure(() => face.options({ onError }));
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toMatch(message);
      }
    },
  },
];

export const fallbackTable: readonly RemoteRow[] = [...consents, ...answers];
