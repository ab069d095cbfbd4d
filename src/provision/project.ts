import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { ProjectError } from '../errors/provision-errors.ts';
import { readText, sha256 } from './hash.ts';
import { redact } from './redact.ts';
import { isRequirement } from './requirement.ts';
import { excludesFrom, parseSpecifier } from './specifier.ts';
import { parseToml } from './toml.ts';

/** What a project asks of Python; nothing else in its files is read. */
export interface ProjectInputs {
  /** `[project] requires-python`; `>=3.11` where it says nothing. */
  readonly requiresPython: string;
  /** `[project] dependencies`, in written order. */
  readonly dependencies: readonly string[];
}

/** The oldest CPython whose interface the addon is built on. */
export const PYTHON_MINIMUM = '3.11';

/** Is this the root of a project? */
export function isProject(folder: string): boolean {
  return existsSync(join(folder, 'snakepit.lock')) || existsSync(join(folder, 'pyproject.toml'));
}

/** The nearest folder upwards that holds snakepit.lock or pyproject.toml. */
export function findProject(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (isProject(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Where a project keeps what `snakepit sync` made. */
export function homeOf(project: string): string {
  return join(project, '.snakepit');
}

/** Reads a project's needs; a mistake in pyproject.toml is a ProjectError that names the key. */
export function readInputs(project: string): ProjectInputs {
  const path = join(project, 'pyproject.toml');
  const text = readText(path);
  if (text === undefined) {
    throw new ProjectError(
      `${project} has no pyproject.toml. Make one with a [project] table that lists the Python ` +
        'packages under `dependencies`, then run `npx snakepit sync` again.',
    );
  }
  const toml = parseToml(text);
  if (toml.state === 'broken') {
    throw new ProjectError(
      `${path} is not valid TOML, ${toml.reason}. Correct it, then run \`npx snakepit sync\` again.`,
    );
  }
  return readProjectTable(path, toml.table['project']);
}

function readProjectTable(path: string, table: unknown): ProjectInputs {
  const wrong = (key: string, what: string): Error =>
    new ProjectError(`${path}: ${key} ${what}. Correct it, then run \`npx snakepit sync\` again.`);
  if (table === undefined) return { requiresPython: `>=${PYTHON_MINIMUM}`, dependencies: [] };
  if (!isTable(table)) throw wrong('[project]', 'must be a table');

  const dynamic = table['dynamic'];
  if (Array.isArray(dynamic) && dynamic.includes('dependencies')) {
    throw wrong('[project] dynamic', 'names `dependencies`, which snakepit reads as plain text');
  }
  const requiresPython = table['requires-python'] ?? `>=${PYTHON_MINIMUM}`;
  if (typeof requiresPython !== 'string' || parseSpecifier(requiresPython) === undefined) {
    throw wrong('[project] requires-python', 'must be a version specifier such as ">=3.11,<3.14"');
  }
  if (excludesFrom(requiresPython, PYTHON_MINIMUM)) {
    const needed = `snakepit needs CPython ${PYTHON_MINIMUM} or newer, which`;
    throw wrong('[project] requires-python', `is "${requiresPython}": ${needed} this excludes`);
  }
  const dependencies = table['dependencies'] ?? [];
  const list = 'must be a list of requirements such as "numpy>=2"';
  if (!Array.isArray(dependencies)) throw wrong('[project] dependencies', list);
  const other: unknown = dependencies.find((entry) => !isRequirement(entry));
  if (other !== undefined) {
    throw wrong('[project] dependencies', `${list}, and ${redact(asText(other))} is none`);
  }
  return { requiresPython, dependencies: dependencies.filter(isRequirement) };
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As a person wrote it, more or less; TOML has dates and big numbers, which JSON has not. */
function asText(value: unknown): string {
  return typeof value === 'string' || isTable(value) ? JSON.stringify(value) : String(value);
}

/** One hash for what matters in the inputs: comments, order and other tables change nothing. */
export function hashInputs(inputs: ProjectInputs): string {
  const dependencies = inputs.dependencies.map((text) => text.trim()).toSorted();
  return sha256(JSON.stringify([inputs.requiresPython.replace(/\s+/g, ''), dependencies]));
}
