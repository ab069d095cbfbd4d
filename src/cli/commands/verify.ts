import { verify } from '../../provision/verify.ts';
import { readArguments, say } from './arguments.ts';

/** `snakepit verify [--deep] [--project DIR]`. */
export function runVerify(args: readonly string[]): Promise<number> {
  const { project, on } = readArguments(args, ['deep']);
  const done = verify({ ...project, deep: on.deep });
  const megabytes = (done.bytes / 1e6).toFixed(1);
  const files = on.deep ? `, ${String(done.files)} files of theirs (${megabytes} MB)` : '';
  say(`as locked: CPython ${done.version}, ${String(done.packages)} packages${files}`);
  return Promise.resolve(0);
}
