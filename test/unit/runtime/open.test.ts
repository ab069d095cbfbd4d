import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { AlreadyOpenError, NotSyncedError } from '../../../src/errors/errors.ts';
import { open } from '../../../src/runtime/create-runtime.ts';
import { py } from '../../../src/runtime/lazy-python.ts';
import { VERSION } from '../../../src/version.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'snakepit-open-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('before Python is open', () => {
  test('unknown options are refused', () => {
    expect(() => open({ projct: project } as object)).toThrow(/projct/);
    expect(() => open({ copy: 'never' } as object)).toThrow(/copy/);
  });

  test('a project that was never synced says which command to run', () => {
    writeFileSync(join(folder, 'pyproject.toml'), '[project]\nname = "x"\nversion = "1"\n');
    expect(() => open({ project: folder })).toThrow(NotSyncedError);
    expect(() => open({ project: folder })).toThrow(/snakepit sync/);
  });
});

describe('open', () => {
  test('gives one Python: the same again, other options are an error', () => {
    const first = open({ project });
    expect(open()).toBe(first);
    expect(open({ project })).toBe(first);
    expect(open({ project, copy: 'allow' })).toBe(first);
    expect(() => open({ copy: 'forbid' })).toThrow(AlreadyOpenError);
  });

  test('py is that Python', () => {
    expect(py.import('math')).toBe(open().import('math'));
    expect(Object.keys(py)).toContain('scope');
    expect('import' in py).toBe(true);
  });

  test('VERSION is the package’s', () => {
    const file = new URL('../../../package.json', import.meta.url);
    expect(VERSION).toBe((JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version);
  });
});
