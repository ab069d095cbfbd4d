// Opens a pool, uses it, and does nothing more: the process has to end by itself.
import { block, openPool } from '../support/host.mjs';

const pool = await openPool();
process.stdout.write(`${await block(pool, 'return 1 + 1')} ${pool.pids.join(' ')}\n`);
