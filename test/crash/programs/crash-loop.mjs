// Crashes workers again and again, and prints what this process holds meanwhile: descriptors and
// resident memory after each hundred, and how many calls were right.
import { readdirSync } from 'node:fs';

import { block, openPool } from '../support/host.mjs';

const rounds = Number(process.argv[2] ?? 5);
const pool = await openPool();
const source =
  'import os\nif attempt_file and not os.path.exists(attempt_file):\n' +
  '  open(attempt_file, "w").close()\n  os.abort()\nos.unlink(attempt_file)\nreturn n';
const folder = process.argv[3];
const descriptors = () => readdirSync('/proc/self/fd').length;
const marks = [];
let right = 0;
for (let round = 0; round < rounds; round++) {
  const calls = Array.from({ length: 100 }, async (_, i) => {
    const n = round * 100 + i;
    const names = { attempt_file: `${folder}/${n}`, n };
    return (await block(pool, source, names, { idempotent: true })) === n;
  });
  right += (await Promise.all(calls)).filter(Boolean).length;
  globalThis.gc?.();
  marks.push({ descriptors: descriptors(), rss: Math.round(process.memoryUsage().rss / 2 ** 20) });
}
const { crashes, retried } = pool.stats;
await pool.close();
process.stdout.write(`${JSON.stringify({ right, crashes, retried, marks })}\n`);
