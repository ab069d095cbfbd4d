import { readdirSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';

import { show } from '../contract/fields.ts';
import type { HelperPack } from '../contract/helpers.ts';
import { type NpmPackage, npmPackages } from './dependencies.ts';

/** What was found; a faulty declaration costs its own packs only. */
export interface Discovered {
  readonly packs: readonly HelperPack[];
  readonly faults: readonly string[];
}

const FOLDER = join('python', 'helpers');

function filesIn(folder: string): string[] | null {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return null;
  }
}

/** `name.py`; what begins with an underscore is for the packs beside it. */
function packsIn(folder: string, files: readonly string[], owner: string): HelperPack[] {
  return files
    .filter((file) => /^[^_.].*\.py$/.test(file))
    .map((file) => ({ name: file.slice(0, -'.py'.length), file: join(folder, file), owner }));
}

/** The packs of a package that declares some: `"snakepit": { "helpers": "python/helpers" }`. */
function packsOf({ name, folder, declared }: NpmPackage): HelperPack[] | string {
  if (typeof declared !== 'object' || declared === null) return [];
  const { helpers } = declared as { readonly helpers?: unknown };
  if (helpers === undefined) return [];
  const where = `"snakepit.helpers" in the package.json of ${name}`;
  if (typeof helpers !== 'string') return `${where} is ${show(helpers)}, not a folder's name`;
  const place = join(folder, helpers);
  const inside = relative(folder, place);
  if (isAbsolute(helpers) || inside.startsWith('..')) return `${where} leaves the package`;
  const files = filesIn(place);
  return files === null
    ? `${where} names ${place}, which is no folder`
    : packsIn(place, files, name);
}

/**
 * The helper packs of a project, those of its npm packages, and those that come with snakepit in
 * `builtIn`, which give way to others of the same name.
 */
export function discover(project: string, builtIn: string): Discovered {
  const own = join(project, FOLDER);
  const packs = packsIn(own, filesIn(own) ?? [], 'the project');
  const faults: string[] = [];
  for (const one of npmPackages(project)) {
    const found = packsOf(one);
    if (typeof found === 'string') faults.push(found);
    else packs.push(...found);
  }
  const taken = new Set(packs.map(({ name }) => name));
  const shipped = packsIn(builtIn, filesIn(builtIn) ?? [], 'snakepit');
  return { packs: [...packs, ...shipped.filter(({ name }) => !taken.has(name))], faults };
}
