import { availableParallelism } from 'node:os';

import { describe, expect, test } from 'vitest';

import {
  copyPolicyOf,
  readCallOptions,
  readOpenOptions,
  readToJsOptions,
} from '../../../src/contract/options.ts';
import { readPoolOptions } from '../../../src/contract/pool-options.ts';

describe('open', () => {
  test('fills what is absent, once, and freezes', () => {
    const settings = readOpenOptions();
    expect(settings).toEqual({ project: null, copy: 'allow' });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(readOpenOptions({ copy: undefined, project: 'app' })).toEqual({
      project: 'app',
      copy: 'allow',
    });
  });

  test.each([
    [{ copy: 'never' }, "open options.copy: expected 'allow' or 'forbid', got \"never\""],
    [{ project: '' }, 'open options.project: expected a text that is not empty, got ""'],
    [{ project: 7 }, 'open options.project: expected a text that is not empty, got 7 (number)'],
    [{ Project: 'app' }, 'open options.Project: unknown option; did you mean project?'],
    [{ cwd: 'app' }, 'open options.cwd: unknown option; known are project, copy'],
    ['app', 'open options: expected an object, got "app"'],
    [[], 'open options: expected an object, got an array of 0'],
    [null, 'open options: expected an object, got null'],
  ])('refuses %j by name', (raw, message) => {
    expect(() => readOpenOptions(raw)).toThrow(
      expect.objectContaining({ name: 'TypeError', message }) as Error,
    );
  });

  test('the error carries the field', () => {
    expect(() => readOpenOptions({ copy: 1 })).toThrow(
      expect.objectContaining({ field: 'open options.copy' }) as Error,
    );
  });

  test('reads own fields only', () => {
    const raw = JSON.parse('{"__proto__": {"copy": "forbid"}}') as object;
    expect(() => readOpenOptions(raw)).toThrow(/__proto__: unknown option/);
    expect(readOpenOptions(Object.create({ copy: 'forbid' })).copy).toBe('allow');
  });
});

describe('calls', () => {
  test('null means that the general setting holds', () => {
    expect(readCallOptions({})).toEqual({
      idempotent: false,
      signal: null,
      timeout: null,
      retry: null,
      device: null,
      copy: null,
      onError: null,
      isolate: null,
    });
  });

  test('reads each option', () => {
    const { signal } = new AbortController();
    const onError = { 'torch.OutOfMemoryError': { device: 'cpu' } };
    const given = { idempotent: true, signal, timeout: 100, onError, retry: { on: ['OSError'] } };
    expect(readCallOptions(given)).toMatchObject({
      ...given,
      retry: { attempts: 2, on: ['OSError'] },
    });
  });

  test.each([
    [{ timeout: -1 }, 'call options.timeout'],
    [{ timeout: 2 ** 31 }, 'call options.timeout'],
    [{ timeout: Number.NaN }, 'call options.timeout'],
    [{ signal: {} }, 'call options.signal'],
    [{ retry: { attempts: 0 } }, 'call options.retry.attempts'],
    [{ retry: { on: [''] } }, 'call options.retry.on[0]'],
    [{ retry: { times: 3 } }, 'call options.retry.times'],
    [{ onError: { ValueError: { gpu: 1 } } }, 'call options.onError.ValueError.gpu'],
    [{ onError: { ValueError: {} } }, 'call options.onError.ValueError.device'],
    [{ onError: 1 }, 'call options.onError'],
    [{ idempotent: 1 }, 'call options.idempotent'],
  ])('names the field in %j', (raw, field) => {
    expect(() => readCallOptions(raw)).toThrow(expect.objectContaining({ field }) as Error);
  });
});

describe('data and copies', () => {
  test('$toJS', () => {
    expect(readToJsOptions()).toEqual({ depth: null, fallback: 'throw', dates: 'iso' });
    expect(readToJsOptions({ depth: 0, dates: 'date' })).toMatchObject({ depth: 0, dates: 'date' });
    expect(() => readToJsOptions({ depth: 1.5 })).toThrow('$toJS options.depth: expected a whole');
  });

  test('the most specific copy policy wins', () => {
    expect(copyPolicyOf(undefined, 'forbid')).toBe('forbid');
    expect(copyPolicyOf({}, 'forbid')).toBe('forbid');
    expect(copyPolicyOf({ copy: 'allow' }, 'forbid')).toBe('allow');
    expect(() => copyPolicyOf({ copi: 'allow' } as never, 'allow')).toThrow(/unknown option/);
  });
});

describe('pool', () => {
  test('has the defaults of the contract', () => {
    expect(readPoolOptions()).toEqual({
      project: null,
      copy: 'allow',
      workers: availableParallelism(),
      spares: 1,
      preload: [],
      sandbox: { profile: 'default', read: [], write: [], net: false, processes: false },
      devices: 'none',
      queue: 1000,
      queueTimeout: 5000,
      timeout: null,
      grace: 200,
      retry: { attempts: 2, on: [] },
      breaker: { failures: 5, cooldown: 30_000 },
      restartIntensity: { restarts: 10, withinMs: 60_000 },
      recycle: { ageMs: null, calls: null, idleMs: null, rssMB: null },
      memory: null,
      quarantine: { kills: 3, forMs: 60_000 },
      env: {},
      maxHandles: 100_000,
    });
  });

  test('reads the short forms', () => {
    const settings = readPoolOptions({
      sandbox: { profile: 'strict', net: true },
      devices: [0, 1],
      breaker: false,
      quarantine: { kills: 5 },
      memory: '1.5GiB',
      env: { OMP_NUM_THREADS: '1' },
    });
    expect(settings).toMatchObject({
      sandbox: { profile: 'strict', net: true, processes: false },
      devices: [0, 1],
      breaker: false,
      quarantine: { kills: 5, forMs: 60_000 },
      memory: 1.5 * 2 ** 30,
      env: { OMP_NUM_THREADS: '1' },
    });
    expect(readPoolOptions({ sandbox: 'cuda' }).sandbox.profile).toBe('cuda');
    expect(readPoolOptions({ memory: '512 MB' }).memory).toBe(512e6);
  });

  test.each([
    [{ worker: 2 }, 'pool options.worker'],
    [{ workers: 0 }, 'pool options.workers'],
    [{ workers: 1e9 }, 'pool options.workers'],
    [{ spares: 1e9 }, 'pool options.spares'],
    [{ memory: '1 gig' }, 'pool options.memory'],
    [{ memory: '0GiB' }, 'pool options.memory'],
    [{ memory: 1.5 }, 'pool options.memory'],
    [{ devices: 'all' }, 'pool options.devices'],
    [{ devices: [-1] }, 'pool options.devices[0]'],
    [{ sandbox: 'loose' }, 'pool options.sandbox.profile'],
    [{ sandbox: { network: true } }, 'pool options.sandbox.network'],
    [{ breaker: true }, 'pool options.breaker'],
    [{ env: { A: 1 } }, 'pool options.env.A'],
    [{ preload: 'numpy' }, 'pool options.preload'],
  ])('names the field in %j', (raw, field) => {
    expect(() => readPoolOptions(raw)).toThrow(expect.objectContaining({ field }) as Error);
  });
});
