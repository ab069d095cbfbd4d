// What is left of a host that is killed while its workers crash: nothing, it should be.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { left, sharedNames } from './process-marks.mjs';

/** @param {string} project */
export async function killedHost(project) {
  const names = sharedNames();
  const program = fileURLToPath(new URL('./chaos-victim.mjs', import.meta.url));
  const victim = fork(program, [project], { execArgv: [], stdio: 'ignore' });
  const exit = once(victim, 'exit');
  /** @type {Set<number>} */
  const pids = new Set();
  await new Promise((resolve, reject) => {
    victim.on('message', (/** @type {any} */ message) => {
      for (const pid of message.pids ?? []) pids.add(pid);
      if (message.amid) resolve(undefined);
    });
    exit.then(() => reject(new Error('the host that was to be killed ended by itself')));
  });
  victim.kill('SIGKILL');
  await exit;
  return {
    processes: await left([...pids], 5000),
    names: sharedNames().filter((name) => !names.includes(name)).length,
  };
}
