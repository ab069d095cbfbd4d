import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import type { SyncOptions } from '../contract/sync.ts';
import { ProjectError } from '../errors/provision-errors.ts';
import { nameOf, withoutRequirements, withRequirements } from './dependency-list.ts';
import { readText } from './hash.ts';
import { lockPath } from './job.ts';
import { readLock } from './lock.ts';
import { findProject, PYTHON_MINIMUM, readInputs } from './project.ts';
import { sync } from './provision.ts';
import { redact } from './redact.ts';
import { isRequirement } from './requirement.ts';
import { compareReleases, parseRelease } from './specifier.ts';
import { replaceFile } from './stamp.ts';
import { normalised } from './records.ts';

/** Makes a pyproject.toml where there is none. */
export function initProject(folder: string): { readonly path: string; readonly made: boolean } {
  const path = join(resolve(folder), 'pyproject.toml');
  if (existsSync(path)) return { path, made: false };
  writeFileSync(
    path,
    `[project]\nname = "${projectName(resolve(folder))}"\nversion = "0.1.0"\n` +
      `requires-python = ">=${PYTHON_MINIMUM}"\ndependencies = []\n`,
  );
  return { path, made: true };
}

/** As Python allows it: the npm package's name without its scope, or the folder's. */
function projectName(folder: string): string {
  let named = basename(folder);
  try {
    const { name } = JSON.parse(readText(join(folder, 'package.json')) ?? '') as { name?: unknown };
    if (typeof name === 'string') named = name.replace(/^@.*\//, '');
  } catch {
    // No package.json, or a broken one: the folder has a name too.
  }
  return normalised(named.replaceAll(/[^\w.-]+/g, '-')).replaceAll(/^-+|-+$/g, '') || 'project';
}

/**
 * Adds packages to pyproject.toml, locks and installs them. A name without a version gets the
 * locked one as its lowest. Where that fails, both files are as they were.
 */
export async function addPackages(
  names: readonly string[],
  options: SyncOptions,
): Promise<readonly string[]> {
  const wrong = names.find((name) => !isRequirement(name as unknown));
  if (names.length === 0 || wrong !== undefined) {
    throw new ProjectError(
      names.length === 0
        ? 'say which packages to add: `npx snakepit add numpy "scipy>=1.11"`.'
        : `${redact(JSON.stringify(wrong))} is no requirement such as numpy or "scipy>=1.11".`,
    );
  }
  const project = options.project ?? findProject(process.cwd()) ?? process.cwd();
  initProject(project);
  return edit(project, options, async (text) => {
    const first = withRequirements(text, names);
    if (first === undefined) throw byHand(project);
    write(project, first);
    await sync({ ...options, project });
    const packages = readLock(lockPath(resolve(project)), 'npx snakepit lock')?.lock.packages ?? [];
    const bounded = names.map((name) => {
      if (!/^[\w.-]+(\[[^\]]*\])?$/.test(name)) return name;
      // Where several are locked, for old and new Pythons, the lowest.
      const versions = packages.flatMap(({ name: other, version }) =>
        other === nameOf(name) && typeof version === 'string' ? [version.replace(/\+.*$/, '')] : [],
      );
      const [lowest] = versions.toSorted((a, b) =>
        compareReleases(parseRelease(a), parseRelease(b)),
      );
      return lowest === undefined ? name : `${name}>=${lowest}`;
    });
    return withRequirements(first, bounded) ?? first;
  });
}

/** Takes packages out of pyproject.toml, locks and installs what is left. */
export async function removePackages(
  names: readonly string[],
  options: SyncOptions,
): Promise<readonly string[]> {
  const project = options.project ?? findProject(process.cwd()) ?? process.cwd();
  if (names.length === 0) throw new ProjectError('say which packages to remove.');
  return edit(project, options, (text) => {
    const left = withoutRequirements(text, names);
    if (left === undefined) throw byHand(project);
    if (left !== null) return Promise.resolve(left);
    const has = readInputs(project).dependencies.join(', ') || 'nothing';
    throw new ProjectError(
      `${join(project, 'pyproject.toml')} does not list ${names.join(', ')} under [project] ` +
        `dependencies, which has ${has}.`,
    );
  });
}

async function edit(
  project: string,
  options: SyncOptions,
  change: (text: string) => Promise<string>,
): Promise<readonly string[]> {
  const paths = [join(project, 'pyproject.toml'), lockPath(project)];
  const before = paths.map((path) => [path, readText(path)] as const);
  try {
    write(project, await change(readText(join(project, 'pyproject.toml')) ?? ''));
    await sync({ ...options, project });
    return readInputs(project).dependencies;
  } catch (error) {
    for (const [path, text] of before) {
      if (text === undefined) rmSync(path, { force: true });
      else replaceFile(path, text);
    }
    throw error;
  }
}

const write = (project: string, text: string): void => {
  replaceFile(join(project, 'pyproject.toml'), text);
};

function byHand(project: string): Error {
  return new ProjectError(
    `${join(project, 'pyproject.toml')} is written in a way that only a person can edit. Change ` +
      '`dependencies` in its [project] table, then run `npx snakepit sync`.',
  );
}
