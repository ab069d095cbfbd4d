import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { readText } from './hash.ts';
import { chooseProject, lockPath } from './job.ts';
import { type Lock, readLock } from './lock.ts';
import { readNeeds } from './needs.ts';
import { readIndexSettings } from './network.ts';
import { lockPlatform } from './platform.ts';
import { readPolicy } from './policy.ts';
import { homeOf } from './project.ts';
import { onPath } from './search-path.ts';
import { compareReleases, parseRelease } from './specifier.ts';
import { requestedPython } from './system-python.ts';
import { UV_VERSION } from './uv-pins.ts';
import { verify } from './verify.ts';

/** One line of a report: `note` is worth knowing, `wrong` is to be mended. */
export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'note' | 'wrong';
  readonly text: string;
}

/** Where the NVIDIA kernel module says its version. */
const DRIVER = '/proc/driver/nvidia/version';

/** Looks at everything that a project's Python depends on, and changes nothing. */
export function examineProject(named: string | undefined, env: NodeJS.ProcessEnv): Finding[] {
  const findings: Finding[] = [platform()];
  const tell = (what: string, state: Finding['state'], text: string): void => {
    findings.push({ what, state, text });
  };
  const attempt = <T>(what: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      tell(what, 'wrong', (error as Error).message);
      return undefined;
    }
  };
  for (const finding of settings(env)) findings.push(finding);
  const project = attempt('project', () => chooseProject(named));
  if (project === undefined) return findings;
  tell('project', 'ok', project);
  tell('uv', 'ok', uvOf(project, env));
  const needs = attempt('pyproject.toml', () => readNeeds(project));
  if (needs === undefined) return findings;
  tell('pyproject.toml', 'ok', needs.requirements.join(', ') || 'no packages');
  const lock = attempt('snakepit.lock', () => readLock(lockPath(project), 'npx snakepit lock'));
  if (lock === undefined) {
    if (!existsSync(lockPath(project))) {
      tell('snakepit.lock', 'note', 'there is none yet; `npx snakepit lock` makes it');
    }
    return findings;
  }
  if (lock.lock.needs === needs.hash) tell('snakepit.lock', 'ok', lockLine(lock.lock));
  else tell('snakepit.lock', 'wrong', 'is of other needs; run `npx snakepit lock`');
  const driver = accelerator(lock.lock);
  if (driver !== undefined) findings.push(driver);
  const checked = attempt('environment', () => verify({ project }));
  if (checked !== undefined) {
    tell('environment', 'ok', `CPython ${checked.version}, ${String(checked.packages)} packages`);
  }
  return findings;
}

function platform(): Finding {
  const text = `${lockPlatform()}, Node ${process.versions.node}`;
  return { what: 'platform', state: 'ok', text };
}

function settings(env: NodeJS.ProcessEnv): readonly Finding[] {
  const { chosen, certFile, extraCertFile } = readIndexSettings(env);
  const certificates = certFile ?? extraCertFile;
  const index = chosen ? 'one of your own' : 'the public one';
  const { frozen, strict } = readPolicy(env, undefined);
  const python = requestedPython(env);
  const rows: Finding[] = [
    {
      what: 'package index',
      state: 'ok',
      text: `${index}${certificates === undefined ? '' : `, certificates in ${certificates}`}`,
    },
  ];
  if (certificates !== undefined && !existsSync(certificates)) {
    rows.push({ what: 'certificates', state: 'wrong', text: `${certificates} is not there` });
  }
  if (strict) {
    const text = `${frozen ? 'SNAKEPIT_FROZEN' : 'CI'} is set: locks are not changed by a sync`;
    rows.push({ what: 'policy', state: 'note', text });
  }
  if (python !== null) {
    rows.push({
      what: 'SNAKEPIT_PYTHON',
      state: existsSync(python) ? 'note' : 'wrong',
      text: python,
    });
  }
  return rows;
}

function uvOf(project: string, env: NodeJS.ProcessEnv): string {
  const named = env['SNAKEPIT_UV'];
  if (named !== undefined && named !== '') return `${named} (SNAKEPIT_UV)`;
  const own = join(homeOf(project), 'uv', UV_VERSION, 'uv');
  if (existsSync(own)) return `${UV_VERSION}, in the project`;
  const [other] = onPath('uv', env);
  return other === undefined
    ? `${UV_VERSION} will be fetched`
    : `${other}, or ${UV_VERSION} fetched`;
}

function lockLine({ interpreters, packages }: Lock): string {
  const platforms = interpreters.map(({ platform: name, version }) => `${name} ${version}`);
  return `${String(packages.length)} packages; CPython for ${platforms.join(', ') || 'no platform'}`;
}

/** Does the graphics driver of this machine run what is locked? */
function accelerator({ accelerator: wanted }: Lock): Finding | undefined {
  if (wanted === null) return undefined;
  const what = 'accelerator';
  const variant = wanted.variant ?? 'CUDA by default';
  if (wanted.driver === null) return { what, state: 'ok', text: variant };
  const needed = `${variant}, NVIDIA driver ${wanted.driver} or newer`;
  const version = /Kernel Module\s+(?:for \S+\s+)?(\d+(?:\.\d+)+)/.exec(
    readText(DRIVER) ?? '',
  )?.[1];
  if (version === undefined) return { what, state: 'note', text: `${needed}; there is none here` };
  const tooOld = compareReleases(parseRelease(version), parseRelease(wanted.driver)) < 0;
  return { what, state: tooOld ? 'wrong' : 'ok', text: `${needed}; here ${version}` };
}
