import { mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { SyncOptions } from '../contract/sync.ts';
import { ProjectError, ProvisionError } from '../errors/provision-errors.ts';
import { type Needs, readNeeds } from './needs.ts';
import { type Policy, readPolicy } from './policy.ts';
import { findProject, homeOf, isProject } from './project.ts';
import { type FileMark, markOf } from './stamp.ts';

/** Everything that the steps of a lock or a sync start from. */
export interface Job {
  readonly project: string;
  readonly home: string;
  readonly needs: Needs;
  /** pyproject.toml as it was when its needs were read. */
  readonly pyproject: FileMark;
  readonly policy: Policy;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

/** Reads what a project asks for; a mistake in its files is a ProjectError. */
export function startJob(options: SyncOptions): Job {
  const project = chooseProject(options.project);
  const env = options.env ?? process.env;
  const pyproject = markOf(join(project, 'pyproject.toml'));
  return {
    project,
    home: homeOf(project),
    needs: readNeeds(project),
    pyproject: pyproject ?? { size: 0, mtimeNs: '0', ctimeNs: '0' },
    policy: readPolicy(env, options.frozen),
    env,
    report: options.onProgress ?? ((): void => undefined),
  };
}

export const lockPath = (project: string): string => join(project, 'snakepit.lock');
export const localLockPath = (project: string): string => join(homeOf(project), 'local.lock');

/** The project's folder, with all links resolved: virtual environments hold absolute paths. */
export function chooseProject(named: string | undefined): string {
  const project = named === undefined ? findProject(process.cwd()) : resolve(named);
  if (project === undefined || !isProject(project)) {
    throw new ProjectError(
      `there is no pyproject.toml in ${project ?? `${process.cwd()} or above it`}. Make one with a ` +
        '[project] table that lists the Python packages under `dependencies`, or let ' +
        '`npx snakepit init` make it.',
    );
  }
  return realpathSync(project);
}

/** Makes `.snakepit`, which no repository should hold. */
export function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, '.gitignore'), '*\n');
  } catch (error) {
    const isFolder = statSync(home, { throwIfNoEntry: false })?.isDirectory() ?? true;
    const [what, remedy] = isFolder
      ? ['cannot be written', 'Make it writable']
      : ['is no folder', 'Remove or rename it'];
    throw new ProvisionError(
      `${home} ${what} (${(error as Error).message}); the project's Python is kept there. ` +
        `${remedy}, then run \`npx snakepit sync\` again.`,
      { cause: error },
    );
  }
}
