import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { fieldError } from '../contract/fields.ts';
import type { PoolSettings, SandboxProfile } from '../contract/pool-options.ts';
import type { SandboxLayer, SandboxLevel, SandboxSupport } from '../contract/sandbox.ts';
import { SandboxError } from '../errors/provision-errors.ts';
import { publish } from '../events/events.ts';
import { addonPath, packageRoot } from '../native/load.ts';

/** What python/snakepit/sandbox.py gets; null where no sandbox is wanted. */
export interface SandboxPlan extends SandboxSupport {
  readonly profile: SandboxProfile;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly net: boolean;
  readonly processes: boolean;
  /** Files of ours that workers read. */
  readonly own: readonly string[];
  /** Variables that the options set, which stay as they are. */
  readonly env: readonly string[];
}

/** Whether its workers write in folders of their own only. */
export function isLocked(profile: SandboxProfile): boolean {
  return profile === 'strict' || profile === 'cuda';
}

const LAYERS: readonly SandboxLayer[] = [
  'environment',
  'core-dumps',
  'no-new-privileges',
  'capabilities',
  'seccomp',
  'landlock',
];

/** Version 1 of Landlock cannot be had without a rule on moving files, which only a list has. */
const LEAST = { locked: 1, open: 2 };

function isThere(
  layer: SandboxLayer,
  { profile, seccomp, landlock }: SandboxSupport & Pick<SandboxLevel, 'profile'>,
  platform: string,
): boolean {
  if (layer === 'environment' || layer === 'core-dumps') return true;
  if (platform !== 'linux') return layer === 'scratch';
  if (layer === 'seccomp') return seccomp;
  if (layer === 'landlock') return landlock >= LEAST[isLocked(profile) ? 'locked' : 'open'];
  return true;
}

/**
 * What a profile comes to on a system.
 *
 * @example
 * levelOf("default", { seccomp: true, landlock: 0 }, "linux").missing; // ["landlock"]
 */
export function levelOf(
  profile: SandboxProfile,
  support: SandboxSupport,
  platform: NodeJS.Platform = process.platform,
): SandboxLevel {
  if (profile === 'none') return { profile, ...support, layers: [], missing: [] };
  const wanted = isLocked(profile) ? ([...LAYERS, 'scratch'] as const) : LAYERS;
  const layers = wanted.filter((layer) => isThere(layer, { ...support, profile }, platform));
  const missing = wanted.filter((layer) => !layers.includes(layer));
  return { profile, ...support, layers, missing };
}

/** What was said already: once a process is enough. */
const told = new Set<string>();

/**
 * Refuses a level that is not what its profile promises. `default` is as good as the system is,
 * and says once what it lacks.
 *
 * @throws SandboxError for `strict` and `cuda`
 */
export function accept({ profile, missing }: SandboxLevel): void {
  if (missing.length === 0) return;
  const lack = `this system has no ${missing.join(', no ')}`;
  if (isLocked(profile)) {
    throw new SandboxError(
      `sandbox '${profile}' cannot be kept here: ${lack}. Say sandbox: 'default' for what there is, ` +
        'or run on Linux 5.13 or later with Landlock among its security modules (docs/sandbox.md).',
    );
  }
  const text = `sandbox '${profile}' is weaker here than elsewhere: ${lack} (docs/sandbox.md).`;
  if (told.has(text)) return;
  told.add(text);
  publish('warning', () => ({ text }));
}

/** Absolute, and there: a kernel's rule means a thing and not a name. */
function present(paths: readonly string[], name: string): readonly string[] {
  return paths.map((path, i) => {
    const found = resolve(path);
    if (existsSync(found)) return found;
    throw fieldError(
      `${name}[${String(i)}]`,
      `there is no ${found}; make it first, or leave it out`,
    );
  });
}

type Wanted = Pick<PoolSettings, 'sandbox' | 'env'>;

/** For the workers of a pool with these helper packs (name → file). */
export function planSandbox(
  { sandbox, env }: Wanted,
  helpers: Readonly<Record<string, string>>,
  { seccomp, landlock }: SandboxSupport,
): SandboxPlan | null {
  if (sandbox.profile === 'none') return null;
  const packs = Object.values(helpers).map((file) => dirname(file));
  return {
    ...sandbox,
    read: present(sandbox.read, 'pool options.sandbox.read'),
    write: present(sandbox.write, 'pool options.sandbox.write'),
    own: [...new Set([resolve(packageRoot, 'python'), dirname(addonPath()), ...packs])],
    env: Object.keys(env),
    seccomp,
    landlock,
  };
}
