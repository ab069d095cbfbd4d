import type { HelperPack, HelperPacks } from '../contract/helpers.ts';
import { ProjectError } from '../errors/provision-errors.ts';
import { errors } from '../errors/python-errors.ts';
import { discover, type Discovered } from './discover.ts';

function missing(name: string, { packs, faults }: Discovered): Error {
  const known = [...new Set(packs.map((pack) => pack.name))].toSorted();
  const parts = [
    `there is no helper pack '${name}'. A pack is a file python/helpers/<name>.py of the project, ` +
      'or of an npm package that declares its folder',
    known.length === 0 ? 'There are none' : `There are: ${known.join(', ')}`,
    ...faults,
  ];
  return new errors.AttributeError(parts.join('. '));
}

function collision(name: string, packs: readonly HelperPack[]): Error {
  const owners = packs.map(({ owner, file }) => `${owner} (${file})`);
  return new ProjectError(
    `The helper pack '${name}' is there more than once: of ${owners.join(' and of ')}. Rename one.`,
  );
}

/** The packs that a project can use; looked for when the first one is asked for. */
export function helperPacks(project: string, builtIn: string): HelperPacks {
  let found: Discovered | undefined;
  const look = (): Discovered => (found ??= discover(project, builtIn));
  return {
    names: () => [...new Set(look().packs.map((pack) => pack.name))].toSorted(),
    file(name) {
      const packs = look().packs.filter((pack) => pack.name === name);
      const [first] = packs;
      if (first === undefined) throw missing(name, look());
      if (packs.length > 1) throw collision(name, packs);
      return first.file;
    },
  };
}

/** The packs' files by name, without those that are there more than once: workers load them. */
export function helperFiles(project: string, builtIn: string): Readonly<Record<string, string>> {
  const { packs } = discover(project, builtIn);
  const once = packs.filter(({ name }) => packs.filter((pack) => pack.name === name).length === 1);
  return Object.fromEntries(once.map(({ name, file }) => [name, file]));
}
