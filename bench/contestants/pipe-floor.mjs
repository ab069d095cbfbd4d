// 100 bytes there and back between two C programs (floor/ping.cc).
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../floor/build/ping', import.meta.url));

/** @returns {Promise<import('./contestant.mjs').Operations>} */
export async function open() {
  return {
    pipe: {
      timed: (batches, count) =>
        execFileSync(program, [String(batches), String(count)], { encoding: 'utf8' })
          .trim()
          .split('\n')
          .map(Number),
    },
  };
}
