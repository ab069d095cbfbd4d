import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** The folders of PATH that are there, in their order. Relative ones depend on who asks: not them. */
export function searchFolders(env: NodeJS.ProcessEnv): string[] {
  const folders = (env['PATH'] ?? '').split(delimiter);
  return [...new Set(folders)].filter((folder) => isAbsolute(folder) && existsSync(folder));
}

/** Every file of a name on PATH. */
export function onPath(name: string, env: NodeJS.ProcessEnv): string[] {
  return searchFolders(env)
    .map((folder) => join(folder, name))
    .filter((file) => existsSync(file));
}
