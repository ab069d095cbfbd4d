import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { acceleratorOf } from '../../../src/provision/accelerator.ts';
import { sha256 } from '../../../src/provision/hash.ts';
import { type Lock, type LockedInterpreter, readLock } from '../../../src/provision/lock.ts';
import { localText, lockText } from '../../../src/provision/lock-text.ts';
import { downloadKey } from '../../../src/provision/platform.ts';
import { readPolicy } from '../../../src/provision/policy.ts';
import { parseRequirements, requirementsText } from '../../../src/provision/requirements-text.ts';
import { constraintsOf } from '../../../src/provision/uv-lock.ts';
import { temporary } from './support.ts';

const hex = (text: string): string => sha256(text);

const managed: LockedInterpreter = {
  platform: 'linux-x64-glibc',
  source: 'managed',
  implementation: 'cpython',
  version: '3.13.5',
  build: '20250612',
  archive: hex('archive'),
  executable: { path: 'bin/python3.13', sha256: hex('exe') },
  libpython: { path: 'lib/libpython3.13.so.1.0', sha256: hex('lib') },
};
const mac: LockedInterpreter = { ...managed, platform: 'darwin-arm64', libpython: null };

const LOCK: Lock = {
  uv: '0.13.8',
  requiresPython: '>=3.11',
  needs: hex('needs'),
  accelerator: { variant: 'cu128', driver: '525.60.13' },
  interpreters: [managed, mac],
  packages: [
    {
      name: 'numpy',
      version: '2.4.6',
      marker: "python_full_version >= '3.12'",
      hashes: [`sha256:${hex('b')}`, `sha256:${hex('a')}`],
    },
    { name: 'numpy', version: '1.26.4', marker: null, hashes: [`sha256:${hex('c')}`] },
    { name: 'mine', version: { direct: 'file:///x/y "z".whl' }, marker: null, hashes: [] },
  ],
};

const sorted = (lock: Lock): Lock => ({
  ...lock,
  interpreters: [mac, managed],
  packages: [lock.packages[2], lock.packages[1], lock.packages[0]].flatMap((one) =>
    one === undefined ? [] : [{ ...one, hashes: one.hashes.toSorted() }],
  ),
});

function written(text: string): string {
  const path = join(temporary(), 'snakepit.lock');
  writeFileSync(path, text);
  return path;
}

describe('the text of a lock', () => {
  test('is read back as it was, in a fixed order', () => {
    const disk = readLock(written(lockText(LOCK)), 'mend');
    expect(disk?.lock).toEqual(sorted(LOCK));
    expect(disk?.sha256).toBe(sha256(lockText(LOCK)));
    expect(lockText(sorted(LOCK))).toBe(lockText(LOCK));
    expect(readLock(join(temporary(), 'none'), 'mend')).toBeUndefined();
  });

  test('of one machine holds its interpreter', () => {
    const disk = readLock(written(localText(managed)), 'mend');
    expect(disk?.lock.interpreters).toEqual([managed]);
  });

  test('any changed byte is told, with both hashes and the command', () => {
    const text = lockText(LOCK);
    for (const at of [
      0,
      100,
      text.indexOf('digest') + 12,
      text.indexOf('2.4.6'),
      text.length - 1,
    ]) {
      const bytes = Buffer.from(text);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(() => readLock(written(bytes.toString('latin1')), 'mend it')).toThrow(
        expect.objectContaining({
          code: 'ERR_LOCK_MISMATCH',
          message: expect.stringMatching(
            /snakepit\.lock was changed after it was made: expected sha256 (\w{64}|\(it has none left\)), found \w{64}\. Restore it, or run `mend it`/,
          ) as string,
        }) as Error,
      );
    }
    const conflict = text.replace('[[package]]', '<<<<<<< ours\n[[package]]');
    expect(() => readLock(written(conflict), 'mend')).toThrow(/was changed after it was made/);
    expect(() => readLock(written(text.slice(0, 500)), 'mend')).toThrow(/was changed after/);
    expect(() => readLock(written(''), 'mend')).toThrow(/it has none left/);
  });
});

describe('requirements', () => {
  const TEXT = `numpy==2.4.6 ; python_full_version >= '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
typing-extensions==4.1
mine @ file:///x/mine-1-py3-none-any.whl \\
    --hash=sha256:cc
`;

  test("uv's rows and back", () => {
    const packages = parseRequirements(TEXT);
    expect(packages).toEqual([
      {
        name: 'numpy',
        version: '2.4.6',
        marker: "python_full_version >= '3.12'",
        hashes: ['sha256:aa', 'sha256:bb'],
      },
      { name: 'typing-extensions', version: '4.1', marker: null, hashes: [] },
      {
        name: 'mine',
        version: { direct: 'file:///x/mine-1-py3-none-any.whl' },
        marker: null,
        hashes: ['sha256:cc'],
      },
    ]);
    expect(requirementsText(packages)).toBe(TEXT);
  });

  test('a row of another kind is no package left out in silence', () => {
    expect(() => parseRequirements('-e ./x\n')).toThrow(/a row that is not known: -e/);
  });

  test('a uv.lock gives constraints: its versions, and where there are several, where', () => {
    const rows = [
      { name: 'me', version: '0.1', source: { virtual: '.' } },
      { name: 'near', version: '2', source: { editable: '../near' } },
      {
        name: 'six',
        version: '1.17.0',
        source: { registry: 'x' },
        'resolution-markers': ["a == 'b'"],
      },
      { name: 'numpy', version: '1', 'resolution-markers': ["x < '3'", "y == 'z'"] },
      { name: 'numpy', version: '2', 'resolution-markers': ["x >= '3'"] },
    ];
    expect(constraintsOf({ package: rows })).toEqual([
      'six==1.17.0',
      "numpy==1 ; (x < '3') or (y == 'z')",
      "numpy==2 ; (x >= '3')",
    ]);
    expect(constraintsOf({})).toEqual([]);
  });
});

test("uv's name of a download", () => {
  expect(downloadKey('3.13.5', 'linux-x64-glibc')).toBe('cpython-3.13.5-linux-x86_64-gnu');
  expect(downloadKey('3.13.5', 'linux-arm64-musl')).toBe('cpython-3.13.5-linux-aarch64-musl');
  expect(downloadKey('3.13.5', 'darwin-arm64')).toBe('cpython-3.13.5-macos-aarch64-none');
});

test('what a sync may change', () => {
  const policy = (env: NodeJS.ProcessEnv, frozen?: boolean): string =>
    JSON.stringify(readPolicy(env, frozen));
  expect(policy({})).toBe('{"frozen":false,"strict":false}');
  expect(policy({ CI: 'true' })).toBe('{"frozen":false,"strict":true}');
  expect(policy({ CI: 'false', SNAKEPIT_FROZEN: '0' })).toBe('{"frozen":false,"strict":false}');
  expect(policy({ SNAKEPIT_FROZEN: '1' })).toBe('{"frozen":true,"strict":true}');
  expect(policy({}, true)).toBe('{"frozen":true,"strict":true}');
});

test('the driver that accelerated packages need', () => {
  const needs = (accelerator: string | null) => ({ accelerator }) as never;
  const cuda = (name: string, version: string) => [{ name, version, marker: null, hashes: [] }];
  expect(acceleratorOf(needs(null), cuda('numpy', '2.4.6'))).toBeNull();
  expect(acceleratorOf(needs('cpu'), [])).toEqual({ variant: 'cpu', driver: null });
  expect(acceleratorOf(needs('cu128'), [])).toEqual({ variant: 'cu128', driver: '525.60.13' });
  expect(acceleratorOf(needs(null), cuda('nvidia-cuda-runtime-cu12', '12.8.90'))).toEqual({
    variant: null,
    driver: '525.60.13',
  });
  expect(acceleratorOf(needs(null), cuda('nvidia-cuda-runtime', '13.0.96'))?.driver).toBe(
    '580.65.06',
  );
});
