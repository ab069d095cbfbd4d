import type { ExitStatus } from './exit-status.ts';
import type { WorkerId } from './job.ts';
import { closeDescriptor } from './system.ts';

/**
 * The worker's ends, in the order of its descriptors from 1 on. The launcher closes the four pipes
 * and the socket when the worker has them; the files stay the host's.
 */
export type Descriptors = readonly [
  stdout: number,
  stderr: number,
  requests: number,
  replies: number,
  status: number,
  crash: number,
  inbox: number,
  outbox: number,
  memory: number,
];

export interface LaunchRequest {
  readonly worker: WorkerId;
  readonly descriptors: Descriptors;
  /** What the worker's `main` gets. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What becomes of a process, never from within `launch`. `exited` comes once, also without a start. */
export interface LaunchEvents {
  started(pid: number): void;
  exited(status: ExitStatus): void;
}

/** A way to get worker processes. */
export interface Launcher {
  launch(request: LaunchRequest, events: LaunchEvents): void;
  /** Ends a worker and what it started, now. */
  kill(worker: WorkerId): void;
  signal(worker: WorkerId, signal: NodeJS.Signals): void;
  /** No worker is left, and none is wanted. */
  close(): void;
}

/** Closes what a worker has of its own by now. */
export function closePipes(descriptors: Descriptors): void {
  const [stdout, stderr, requests, replies, , , , , memory] = descriptors;
  for (const descriptor of [stdout, stderr, requests, replies, memory]) closeDescriptor(descriptor);
}
