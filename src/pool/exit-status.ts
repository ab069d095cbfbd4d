import { constants } from 'node:os';

import type { CrashReason } from '../contract/crash.ts';
import type { FatalDump } from './fatal-dump.ts';

/** Why the host itself ended a worker. */
export type KillReason =
  /** It froze: not even a thread without Python ran. */
  | 'heartbeat'
  /** A call went on after its time and its interrupt. */
  | 'hang'
  /** It used more than its memory. */
  | 'oom'
  /** It said what no worker may say, or closed its channel. */
  | 'protocol'
  /** Its device is in a state that only a new process leaves. */
  | 'device'
  /** It was not wanted any more. */
  | 'leave';

/** How a process ended, as the system says. */
export interface ExitStatus {
  readonly code: number | null;
  /** Such as `SIGSEGV`. */
  readonly signal: string | null;
}

/** Everything that is known when a worker is gone. */
export interface Evidence {
  /** null: no exit was seen, its channel closed and it had to be killed. */
  readonly exit: ExitStatus | null;
  readonly killed: KillReason | null;
  readonly dump: FatalDump;
  /** The kernel's count of processes it killed for memory rose meanwhile. */
  readonly oomKills: boolean;
  /** It had a limit of its own. */
  readonly memoryLimit: number | null;
  readonly output: string;
}

export interface Cause {
  readonly reason: CrashReason;
  readonly signal: string | null;
  readonly exitCode: number | null;
  /** `was killed by SIGSEGV (Segmentation fault)` */
  readonly text: string;
}

/** Signal 6 is SIGIOT too, and a name is what people look for. */
const NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(constants.signals).map(([name, number]) => [number, name] as const),
  [constants.signals.SIGABRT, 'SIGABRT'],
]);

export function signalName(number: number): string {
  return NAMES.get(number) ?? `signal ${String(number)}`;
}

/** A status of waitpid as the template reports it: negative for a signal. */
export function exitStatusOf(status: number): ExitStatus {
  if (status < 0) return { code: null, signal: signalName(-status) };
  return { code: status, signal: null };
}

const KILLED: Readonly<Record<Exclude<KillReason, 'leave'>, string>> = {
  heartbeat: 'stopped running (no heartbeat) and was killed',
  hang: 'did not end its call in time and was killed',
  oom: 'used more memory than it may and was killed',
  protocol: 'broke the protocol and was killed',
  device: 'left its device unusable and was killed',
};

const NO_MEMORY: RegExp = /bad_alloc|MemoryError|Cannot allocate memory|out of memory/i;

/** Out of memory: told by the kernel, or by what a worker with a limit said when it gave up. */
function isOutOfMemory(evidence: Evidence): boolean {
  const { exit, oomKills, memoryLimit, output } = evidence;
  if (exit?.signal === 'SIGKILL') return oomKills;
  return memoryLimit !== null && exit?.signal === 'SIGABRT' && NO_MEMORY.test(output);
}

/**
 * The one place that names the cause of a worker's death. What the host did itself explains a
 * SIGKILL; otherwise the exit status outranks a closed channel. Exit code 0 is a crash too.
 */
export function causeOfDeath(evidence: Evidence): Cause {
  const { exit, killed, dump } = evidence;
  const signal = exit?.signal ?? null;
  const exitCode = exit?.code ?? null;
  const byUs = killed !== null && (exit === null || signal === 'SIGKILL');
  if (byUs && killed !== 'leave') {
    return { reason: killed, signal, exitCode, text: KILLED[killed] };
  }
  if (isOutOfMemory(evidence)) {
    return { reason: 'oom', signal, exitCode, text: `ran out of memory (${signal ?? 'killed'})` };
  }
  if (signal !== null) {
    const fatal = dump.fatal === null || dump.fatal === '' ? '' : ` (${dump.fatal})`;
    return { reason: 'signal', signal, exitCode, text: `was killed by ${signal}${fatal}` };
  }
  if (exitCode !== null) {
    return { reason: 'exit', signal, exitCode, text: `exited with code ${String(exitCode)}` };
  }
  return { reason: 'protocol', signal, exitCode, text: 'closed its channel' };
}
