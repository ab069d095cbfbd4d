// A host amid crashes, to be killed: says who its processes are, and goes on until it is ended.
import { events, isolated } from 'snakepit';
import { Load } from './chaos-load.mjs';
import { parentOf } from './process-marks.mjs';

let template = 0;
events.on('worker.ready', ({ pid }) => {
  try {
    template ||= parentOf(pid);
  } catch {
    // It is dead again already; the next one will tell.
    return;
  }
  process.send?.({ pids: [pid, template] });
});
const pool = await isolated({ project: process.argv[2] });
const load = new Load(pool);
let crashes = 0;
events.on('worker.exit', () => {
  crashes += 1;
  if (crashes === 20) process.send?.({ amid: true });
});
await load.unpaced({ callers: 2, until: () => false });
