import { addPackages, initProject, removePackages } from '../../provision/edit-project.ts';
import { readArguments, say } from './arguments.ts';

/** `snakepit init [--project DIR]`. */
export function runInit(args: readonly string[]): Promise<number> {
  const { project } = readArguments(args, []);
  const { path, made } = initProject(project.project ?? process.cwd());
  say(made ? `made ${path}` : `${path} is there already`);
  return Promise.resolve(0);
}

/** `snakepit add NAME… [--project DIR]`. */
export async function runAdd(args: readonly string[]): Promise<number> {
  const { project, names } = readArguments(args, [], { names: true });
  return done(await addPackages(names, { ...project, onProgress: say }));
}

/** `snakepit remove NAME… [--project DIR]`. */
export async function runRemove(args: readonly string[]): Promise<number> {
  const { project, names } = readArguments(args, [], { names: true });
  return done(await removePackages(names, { ...project, onProgress: say }));
}

function done(requirements: readonly string[]): number {
  say(`pyproject.toml asks for ${requirements.join(', ') || 'no packages'}`);
  return 0;
}
