import { expect } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { failure, type ProtocolFace, type ProtocolRow } from './protocol-face.ts';

const MANAGERS = `
import contextlib
log = []
class Manager:
    def __init__(self, suppress=False): self.suppress = suppress
    def __enter__(self):
        log.append('enter')
        return 7
    def __exit__(self, kind, error, trace):
        log.append(None if kind is None else f'{kind.__name__}: {error}')
        return self.suppress
@contextlib.contextmanager
def managing():
    try:
        yield 'value'
    except Exception as error:
        log.append(f'saw {error}')
        raise
    finally:
        log.append('left')
@contextlib.contextmanager
def replacing():
    try:
        yield
    except Exception as error:
        raise KeyError('instead') from error
class Instance:
    pass
instance = Instance()
instance.__enter__ = instance.__exit__ = print
class Asynchronous:
    async def __aenter__(self): pass
    async def __aexit__(self, *error): pass
`;

const managers = (py: ProtocolFace): any =>
  py.exec(MANAGERS, {
    out: ['log', 'Manager', 'managing', 'replacing', 'instance', 'Asynchronous', 'contextlib'],
  });

/** `with`, and what JavaScript has for it. */
export const contexts: readonly ProtocolRow[] = [
  {
    name: 'with enters, gives the value, and leaves',
    async run(py) {
      const { Manager, log } = await managers(py);
      expect(await py.with(await Manager(), (value) => Number(value) + 1)).toBe(8);
      expect(await log.$toJS()).toEqual(['enter', null]);
    },
  },
  {
    name: 'an error of Python reaches __exit__ and comes out the same',
    async run(py) {
      const { Manager, log } = await managers(py);
      let inside: unknown;
      const error = await failure(async () =>
        py.with(await Manager(), async () => {
          inside = await failure(() => py.builtins.int('x'));
          throw inside;
        }),
      );
      expect(error).toBe(inside);
      expect((await log.$toJS())[1]).toMatch(/^ValueError: invalid literal/);
    },
  },
  {
    name: 'an error of JavaScript reaches __exit__ and comes out the same',
    async run(py) {
      const { managing, log } = await managers(py);
      const mine = new TypeError('mine');
      const error = await failure(async () =>
        py.with(await managing(), () => {
          throw mine;
        }),
      );
      expect(error).toBe(mine);
      expect(await log.$toJS()).toEqual([expect.stringMatching(/^saw .*mine/), 'left']);
    },
  },
  {
    name: 'what is thrown and is no error comes out the same too',
    async run(py) {
      const { managing } = await managers(py);
      for (const thrown of ['text', { code: 5 }, null]) {
        const error = await failure(async () =>
          py.with(await managing(), () => {
            // eslint-disable-next-line @typescript-eslint/only-throw-error -- programs do
            throw thrown;
          }),
        );
        expect(error).toBe(thrown);
      }
    },
  },
  {
    name: 'a manager may suppress, or raise another error',
    async run(py) {
      const { Manager, replacing, contextlib } = await managers(py);
      const fail = (): never => {
        throw new Error('lost');
      };
      expect(await py.with(await Manager(true), fail)).toBeUndefined();
      const instead = await failure(async () => py.with(await replacing(), fail));
      expect(instead).toBeInstanceOf(errors.KeyError);
      expect(instead.cause).toMatchObject({ message: 'lost' });
      const suppress = await contextlib.suppress(await py.builtins.ValueError);
      expect(await py.with(suppress, () => py.builtins.int('x'))).toBeUndefined();
    },
  },
  {
    name: 'an async body is waited for before the manager is left',
    async run(py) {
      const { Manager, log } = await managers(py);
      const order: unknown[] = [];
      const result = py.with(await Manager(), async (value) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(await py.len(log));
        return value;
      });
      expect(result).toBeInstanceOf(Promise);
      expect(await result).toBe(7);
      expect(order).toEqual([1]);
      expect(await log.$toJS()).toEqual(['enter', null]);
      const mine = new Error('late');
      expect(await failure(async () => py.with(await Manager(), () => Promise.reject(mine)))).toBe(
        mine,
      );
      expect(await py.with(await Manager(true), () => Promise.reject(mine))).toBeUndefined();
    },
  },
  {
    name: 'the protocol is looked up on the type; what has it not says so',
    async run(py) {
      const { instance, Asynchronous } = await managers(py);
      const body = (): undefined => undefined;
      for (const manager of [instance, 5, await Asynchronous()]) {
        const error = await failure(() => py.with(manager, body));
        expect(error).toBeInstanceOf(errors.TypeError);
        expect(error.message).toMatch(/does not support the context manager protocol/);
      }
      expect((await failure(async () => py.with(await Asynchronous(), body))).message).toMatch(
        /async with/,
      );
      expect((await failure(() => py.with(instance, 5 as never))).message).toMatch(
        /py\.with\(manager, body\) takes a function; got 5/,
      );
    },
  },
  {
    name: 'enter gives the value, which leaves when it is disposed, once',
    async run(py) {
      const { Manager, log } = await managers(py);
      const file = await py.import('io').StringIO('text');
      const entered = await py.enter(file);
      expect(await entered.read()).toBe('text');
      expect(await py.is(entered, file)).toBe(true);
      const dispose = entered[Symbol.dispose] ?? entered[Symbol.asyncDispose];
      await dispose.call(entered);
      await dispose.call(entered);
      expect(await file.closed).toBe(true);
      const seven = await py.enter(await Manager());
      expect(Number(seven) + 1).toBe(8);
      await (seven[Symbol.dispose] ?? seven[Symbol.asyncDispose]).call(seven);
      expect(await log.$toJS()).toEqual(['enter', null]);
    },
  },
];
