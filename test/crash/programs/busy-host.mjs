// Says who its processes are, and works for ever: whoever started it ends it.
import { block, openPool } from '../support/host.mjs';

const pool = await openPool();
const source =
  'import os, subprocess\n' +
  'one = subprocess.Popen(["sleep", "300"])\n' +
  'two = subprocess.Popen(["sleep", "300"], start_new_session=True)\n' +
  'return f"{os.getpid()} {os.getppid()} {one.pid} {two.pid}"';
const pids = await Promise.all([block(pool, source), block(pool, source)]);
process.stdout.write(`${pids.join(' ')} ${pool.pids.join(' ')}\n`);
// One worker is busy in C, with the GIL held.
await block(pool, 'x = 10**15\nreturn sum(range(x))');
