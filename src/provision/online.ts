import type { Ran } from './command.ts';
import { whileWaiting } from './progress.ts';
import type { Uv } from './uv.ts';

const OUT_OF_REACH = /Failed to fetch|error sending request|dns error/i;

/** What a step that may need the package index works with. */
export interface OnlineRequest {
  readonly uv: Uv;
  readonly report: (line: string) => void;
}

/** Runs a uv command; where the index is out of reach, once more from uv's cache alone. */
export async function online(
  { uv, report }: OnlineRequest,
  what: string,
  args: readonly string[],
  input: string,
): Promise<Ran> {
  const ran = await whileWaiting(what, report, () => uv.run(args, { input }));
  if (ran.code === 0 || !OUT_OF_REACH.test(ran.stderr)) return ran;
  const cached = await uv.run(['--offline', ...args], { input });
  if (cached.code !== 0) return ran;
  report('the package index cannot be reached; what was needed is in the cache');
  return cached;
}
