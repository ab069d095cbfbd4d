import { lock } from '../../provision/make-lock.ts';
import { readArguments, say } from './arguments.ts';

/** `snakepit lock [--system] [--upgrade] [--project DIR]`. */
export async function runLock(args: readonly string[]): Promise<number> {
  const { project, on } = readArguments(args, ['system', 'upgrade']);
  const done = await lock({ ...project, ...on, onProgress: say });
  const platforms = done.platforms.length === 0 ? 'no platform' : done.platforms.join(', ');
  say(
    `snakepit.lock ${done.changed ? 'written' : 'is up to date'}: ${String(done.packages)} ` +
      `packages; interpreters of ${platforms}`,
  );
  if (done.local) say("this machine's own Python is in .snakepit/local.lock only");
  return 0;
}
