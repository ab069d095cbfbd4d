// What the figures were measured on. No host name and no path: results are meant to be shared.
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** @param {{ version: string, numpy: string }} python */
export function describeMachine(python) {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    node: process.versions.node,
    python: python.version,
    numpy: python.numpy,
  };
}

/** @typedef {ReturnType<typeof describeMachine>} Machine */

/** @param {Machine} machine */
export function machineLine(machine) {
  const busy = machine.load > machine.cores / 2 ? ' — BUSY, trust only the ratios' : '';
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, load ${machine.load}\
${busy}\nNode ${machine.node}, Python ${machine.python}, NumPy ${machine.numpy}`;
}
