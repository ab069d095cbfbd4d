import type { SandboxProfile } from './pool-options.ts';

/** What a kernel gives for keeping a process in. */
export interface SandboxSupport {
  /** Filters of system calls, on a processor whose numbers we know. */
  readonly seccomp: boolean;
  /** The version of Landlock; 0 where there is none. 1 is Linux 5.13, 6 (scopes) is 6.12. */
  readonly landlock: number;
}

/**
 * One way of keeping a worker in: what it knows of the host's environment, where it may write,
 * limits of the system, root's rights, system calls, files and other processes.
 */
export type SandboxLayer =
  | 'environment'
  | 'scratch'
  | 'core-dumps'
  | 'no-new-privileges'
  | 'capabilities'
  | 'seccomp'
  | 'landlock';

/** What holds a pool's workers. */
export interface SandboxLevel extends SandboxSupport {
  readonly profile: SandboxProfile;
  /** In force. */
  readonly layers: readonly SandboxLayer[];
  /** Of the profile, and not to be had on this system. */
  readonly missing: readonly SandboxLayer[];
}
