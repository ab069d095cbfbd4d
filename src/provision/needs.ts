import { join } from 'node:path';

import { ProjectError } from '../errors/provision-errors.ts';
import { type NpmPackage, npmPackages } from '../helpers/dependencies.ts';
import { readText, sha256 } from './hash.ts';
import { isPlatform, type Platform, PLATFORMS } from './platform.ts';
import { type ProjectInputs, readInputs } from './project.ts';
import { redact } from './redact.ts';
import { isRequirement } from './requirement.ts';
import { parseToml } from './toml.ts';
import { constraintsOf } from './uv-lock.ts';

/** All that a lock answers to. */
export interface Needs {
  /** What pyproject.toml itself asks for: `open()` looks at that alone. */
  readonly inputs: ProjectInputs;
  /** Of pyproject.toml and of npm packages, sorted. */
  readonly requirements: readonly string[];
  /** The versions of a uv.lock beside it, as `name==version`. */
  readonly constraints: readonly string[];
  /** `[tool.snakepit] accelerator`: `cpu`, `cu128`, `rocm6.4`, `xpu`. */
  readonly accelerator: string | null;
  /** `[tool.snakepit] platforms`: which ones get an interpreter in the lock. */
  readonly platforms: readonly Platform[];
  readonly hash: string;
}

const AGAIN = 'Correct it, then run `npx snakepit lock` again.';
const VARIANT = /^(cpu|xpu|cu\d{2,3}|rocm\d+(\.\d+)*)$/;

/** Reads a project's needs; a mistake is a ProjectError that names the file and the key. */
export function readNeeds(project: string): Needs {
  const inputs = readInputs(project);
  const { accelerator, platforms } = readOwnTable(project);
  const own = inputs.dependencies.map((text) => text.trim());
  const requirements = sorted([...own, ...npmPackages(project).flatMap(pythonOf)]);
  const constraints = sorted(readConstraints(project));
  const range = inputs.requiresPython.replace(/\s+/g, '');
  const all = [range, requirements, constraints, accelerator, platforms];
  const hash = sha256(JSON.stringify(all));
  return { inputs, requirements, constraints, accelerator, platforms, hash };
}

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

interface OwnTable {
  readonly accelerator: string | null;
  readonly platforms: readonly Platform[];
}

function readOwnTable(project: string): OwnTable {
  const path = join(project, 'pyproject.toml');
  const toml = parseToml(readText(path) ?? '');
  const tool = toml.state === 'read' ? (toml.table['tool'] as object | undefined) : undefined;
  const table = (tool as { readonly snakepit?: unknown } | undefined)?.snakepit;
  if (table === undefined) return { accelerator: null, platforms: PLATFORMS };
  const wrong = (key: string, what: string): Error =>
    new ProjectError(`${path}: [tool.snakepit] ${key} ${what}. ${AGAIN}`);
  if (typeof table !== 'object' || table === null) throw wrong('', 'must be a table');
  const { accelerator = null, platforms = PLATFORMS } = table as Record<string, unknown>;
  if (accelerator !== null && (typeof accelerator !== 'string' || !VARIANT.test(accelerator))) {
    throw wrong('accelerator', 'must be "cpu", or a variant such as "cu128", "rocm6.4", "xpu"');
  }
  if (!Array.isArray(platforms) || !platforms.every(isPlatform)) {
    throw wrong('platforms', `must be a list of some of ${PLATFORMS.join(', ')}`);
  }
  return { accelerator, platforms: PLATFORMS.filter((name) => platforms.includes(name)) };
}

/** What an npm package needs of Python: `"snakepit": { "python": ["numpy>=2"] }`. */
function pythonOf({ name, declared }: NpmPackage): readonly string[] {
  const { python } = (declared ?? {}) as { readonly python?: unknown };
  if (python === undefined) return [];
  const where = `"snakepit.python" in the package.json of the npm package ${name}`;
  const other: unknown = Array.isArray(python) ? python.find((one) => !isRequirement(one)) : python;
  if (!Array.isArray(python) || other !== undefined) {
    throw new ProjectError(
      `${where} must be a list of requirements such as "numpy>=2", and ` +
        `${redact(JSON.stringify(other))} is none. Tell its maintainer, or remove the package.`,
    );
  }
  return python.filter(isRequirement).map((text) => text.trim());
}

function readConstraints(project: string): readonly string[] {
  const path = join(project, 'uv.lock');
  const text = readText(path);
  if (text === undefined) return [];
  const toml = parseToml(text);
  if (toml.state === 'read') return constraintsOf(toml.table);
  throw new ProjectError(
    `${path} is not valid TOML, ${toml.reason}. Make it anew with \`uv lock\`.`,
  );
}
