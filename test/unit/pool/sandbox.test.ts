import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import type { Sandbox, SandboxProfile } from '../../../src/contract/pool-options.ts';
import { SandboxError } from '../../../src/errors/provision-errors.ts';
import { events } from '../../../src/events/events.ts';
import { accept, levelOf, planSandbox } from '../../../src/pool/sandbox.ts';

const FULL = { seccomp: true, landlock: 7 };
const NONE = { seccomp: false, landlock: 0 };

describe('what a profile comes to', () => {
  test.each(['default', 'strict', 'cuda'] as const)('%s, where everything is there', (profile) => {
    const level = levelOf(profile, FULL, 'linux');
    expect(level).toMatchObject({ profile, missing: [], ...FULL });
    expect(level.layers.includes('scratch')).toBe(profile !== 'default');
  });

  test('none is nothing, and lacks nothing', () => {
    expect(levelOf('none', NONE, 'linux')).toEqual({
      profile: 'none',
      layers: [],
      missing: [],
      ...NONE,
    });
  });

  test.each<[SandboxProfile, number, readonly string[]]>([
    ['default', 0, ['landlock']],
    ['default', 1, ['landlock']],
    ['default', 2, []],
    ['strict', 0, ['landlock']],
    ['strict', 1, []],
  ])('%s under version %i of Landlock', (profile, landlock, missing) => {
    expect(levelOf(profile, { seccomp: true, landlock }, 'linux').missing).toEqual(missing);
  });

  test('elsewhere than on Linux: the environment and core dumps', () => {
    expect(levelOf('default', NONE, 'darwin').layers).toEqual(['environment', 'core-dumps']);
  });
});

describe('what it lacks', () => {
  let warnings: string[] = [];
  const listening = events.on('warning', ({ text }) => warnings.push(text));
  beforeEach(() => {
    warnings = [];
  });
  afterAll(() => {
    listening[Symbol.dispose]();
  });

  test('is said once under default', () => {
    const level = levelOf('default', NONE, 'linux');
    accept(level);
    accept(level);
    expect(warnings).toEqual([
      expect.stringMatching(/^sandbox 'default' .*no seccomp, no landlock/),
    ]);
  });

  test.each(['strict', 'cuda'] as const)('is an error under %s', (profile) => {
    const refused = (): void => {
      accept(levelOf(profile, { seccomp: true, landlock: 0 }, 'linux'));
    };
    expect(refused).toThrow(SandboxError);
    expect(refused).toThrow(/no landlock.*sandbox: 'default'/);
    expect(warnings).toEqual([]);
  });
});

describe('what workers are told', () => {
  const sandbox: Sandbox = {
    profile: 'strict',
    read: [],
    write: [],
    net: false,
    processes: false,
  };

  test('nothing under none', () => {
    expect(planSandbox({ sandbox: { ...sandbox, profile: 'none' }, env: {} }, {}, FULL)).toBeNull();
  });

  test('absolute paths of what is there, and where helper packs are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'snakepit-'));
    try {
      const read = [relative(process.cwd(), folder)];
      const plan = planSandbox(
        { sandbox: { ...sandbox, read }, env: { HF_HOME: '/models' } },
        { grid: '/project/python/helpers/grid.py' },
        FULL,
      );
      expect(plan).toMatchObject({ read: [folder], env: ['HF_HOME'], ...FULL });
      expect(plan?.own).toContain('/project/python/helpers');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(['read', 'write'] as const)('a path in %s that is not there is refused', (door) => {
    const wanted = { sandbox: { ...sandbox, [door]: ['/', '/nowhere/at/all'] }, env: {} };
    expect(() => planSandbox(wanted, {}, FULL)).toThrow(
      `pool options.sandbox.${door}[1]: there is no /nowhere/at/all`,
    );
  });
});
