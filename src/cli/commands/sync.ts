import { parseArgs } from 'node:util';

import { sync } from '../../provision/provision.ts';

/** `snakepit sync [--project DIR]`. */
export async function runSync(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { project: { type: 'string' } },
    allowPositionals: false,
  });
  const say = (line: string): void => {
    console.error(`snakepit: ${line}`);
  };
  const done = await sync({
    onProgress: say,
    ...(values.project === undefined ? {} : { project: values.project }),
  });
  const what = `CPython ${done.version} (${done.source}), ${String(Object.keys(done.packages).length)} packages`;
  say(done.changed ? `ready: ${what}` : `nothing to do: ${what}`);
  return 0;
}
