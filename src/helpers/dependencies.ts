import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An npm package that is installed for a project. */
export interface NpmPackage {
  readonly name: string;
  readonly folder: string;
  /** The `snakepit` field of its package.json, as it stands. */
  readonly declared: unknown;
}

type Manifest = Readonly<Record<string, unknown>>;

const FOR_ALL = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;

function readManifest(folder: string): Manifest | null {
  try {
    const read: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof read === 'object' && read !== null ? (read as Manifest) : null;
  } catch {
    // No package there, or one that npm could not have read either.
    return null;
  }
}

function upwards<T>(from: string, find: (folder: string) => T | null): T | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = find(folder);
    if (found !== null || dirname(folder) === folder) return found;
  }
}

function needsOf(manifest: Manifest, fields: readonly string[]): string[] {
  return fields.flatMap((field) => {
    const table = manifest[field];
    return typeof table === 'object' && table !== null ? Object.keys(table) : [];
  });
}

/** As Node finds it: in the node_modules of the nearest folder upwards. */
function locatePackage(name: string, from: string): string | null {
  return upwards(from, (folder) => {
    try {
      // Linked packages look for their own dependencies where they really are.
      return realpathSync(join(folder, 'node_modules', name));
    } catch {
      return null;
    }
  });
}

/**
 * The npm packages that a project has, direct ones and theirs, each once, in a fixed order. Only
 * package.json files are read; what is not installed is left out.
 */
export function npmPackages(project: string): readonly NpmPackage[] {
  const root = upwards(project, (folder) => (readManifest(folder) === null ? null : folder));
  if (root === null) return [];
  const found = new Map<string, NpmPackage>();
  const visit = (folder: string, fields: readonly string[]): void => {
    const manifest = readManifest(folder) ?? {};
    for (const need of needsOf(manifest, fields).toSorted()) {
      const place = locatePackage(need, folder);
      if (place === null || place === root || found.has(place)) continue;
      const { name, snakepit } = readManifest(place) ?? {};
      found.set(place, {
        name: typeof name === 'string' ? name : need,
        folder: place,
        declared: snakepit,
      });
      visit(place, FOR_ALL);
    }
  };
  visit(root, [...FOR_ALL, 'devDependencies']);
  return [...found.values()];
}
