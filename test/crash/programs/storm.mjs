// A WebSocket server whose heartbeats are answered in a pool with default options, while other calls
// crash the pool's workers. Prints what its clients saw, and how the calls ended.
import { events, isolated } from 'snakepit';

import { startClients } from '../../../examples/chaos/clients.mjs';
import { serve } from '../../../examples/chaos/server.mjs';

const [project, crashes] = [process.argv[2], Number(process.argv[3])];
let deaths = 0;
events.on('worker.exit', ({ signal }) => {
  if (signal === 'SIGSEGV') deaths += 1;
});
const server = await serve((value) => math.isqrt(value));
const [pool, clients] = await Promise.all([
  isolated({ project }),
  startClients({ port: server.port, count: 40 }),
]);
const math = await pool.import('math');
await clients.begin(100);

const grid = pool.options({ idempotent: true });
const calls = { right: 0, wrong: 0 };
let last = 0;
async function caller() {
  while (deaths < crashes) {
    const n = (last += 1);
    // Its first attempt crashes.
    const answer = await grid`
      import ctypes
      from _snakepit.call import current
      if current().attempt == 0: ctypes.string_at(0)
      return ${n} * 2
    `.then(null, (error) => error);
    if (answer === n * 2) calls.right += 1;
    else calls.wrong += 1;
  }
}
await Promise.all([caller(), caller()]);

const tally = await clients.end();
await server.close();
await pool.close();
const { beats, ...counts } = tally;
const failures = server.failures.map(String);
process.stdout.write(JSON.stringify({ ...counts, beats: beats.length, deaths, calls, failures }));
