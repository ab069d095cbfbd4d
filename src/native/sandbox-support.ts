import type { SandboxSupport } from '../contract/sandbox.ts';
import { loadBinding } from './load.ts';

/**
 * Asks this kernel what it has for keeping a process in. Changes nothing.
 *
 * @example
 * sandboxSupport(); // { seccomp: true, landlock: 7 }
 */
export function sandboxSupport(): SandboxSupport {
  return {
    // The numbers of system calls in python/snakepit/syscalls.py.
    seccomp: ['x64', 'arm64'].includes(process.arch) && loadBinding().seccompSupport(),
    landlock: Math.max(0, loadBinding().landlockSupport()),
  };
}
