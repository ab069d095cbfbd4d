import { sync } from '../../provision/provision.ts';
import { readArguments, say } from './arguments.ts';

/** `snakepit sync [--frozen] [--reinstall] [--project DIR]`. */
export async function runSync(args: readonly string[]): Promise<number> {
  const { project, on } = readArguments(args, ['frozen', 'reinstall']);
  const done = await sync({
    ...project,
    onProgress: say,
    reinstall: on.reinstall,
    ...(on.frozen ? { frozen: true } : {}),
  });
  const count = Object.keys(done.packages).length;
  const what = `CPython ${done.version} (${done.source}), ${String(count)} packages`;
  say(done.changed ? `ready: ${what}` : `nothing to do: ${what}`);
  return 0;
}
