// What a process holds, as Linux says.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const PAGE_MB = 4096 / 2 ** 20;

/** @param {number | 'self'} pid */
export function marksOf(pid) {
  const [, resident] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return {
    rssMB: Number(resident) * PAGE_MB,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** @param {number} pid */
export function parentOf(pid) {
  // The name of a process may have spaces and brackets; what follows its last bracket has not.
  const [, parent] = afterName(pid).split(' ');
  return Number(parent);
}

/**
 * Not there, or dead and only not yet collected.
 * @param {number} pid
 */
export function isGone(pid) {
  try {
    return afterName(pid).startsWith('Z');
  } catch {
    return true;
  }
}

/** @param {number} pid */
function afterName(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2);
}

/**
 * @param {readonly number[]} pids
 * @param {number} withinMs
 * @returns {Promise<number>} how many are still there
 */
export async function left(pids, withinMs) {
  const end = performance.now() + withinMs;
  while (performance.now() < end && !pids.every(isGone)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return pids.filter((pid) => !isGone(pid)).length;
}

/** Names in shared memory. */
export function sharedNames() {
  return existsSync('/dev/shm') ? readdirSync('/dev/shm') : [];
}
