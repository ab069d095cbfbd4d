import { getSystemErrorMap } from 'node:util';

import { SnakepitError } from '../errors/errors.ts';
import { loadBinding } from '../native/load.ts';

/** What the addon asks of the system, with refusals as errors. */

function refused(what: string, errno: number): never {
  const [code, text] = getSystemErrorMap().get(errno) ?? [`errno ${String(-errno)}`, ''];
  const files = code === 'EMFILE' || code === 'ENFILE';
  const advice = files ? ' Raise the limit of open files (ulimit -n), or use fewer workers.' : '';
  throw new SnakepitError(`the system refused ${what}: ${code} (${text}).${advice}`);
}

/** What is made at the moment, and belongs together. */
let opened: number[] | null = null;

/** Runs `make`; where it throws, what it opened is closed again: a host has few descriptors then. */
export function allOrNone<R>(make: () => R): R {
  const outer = opened;
  const mine: number[] = [];
  opened = mine;
  try {
    return make();
  } catch (error) {
    mine.forEach(closeDescriptor);
    throw error;
  } finally {
    opened = outer;
  }
}

/** [read, write]; the host's end, by its index, does not block. */
export function makePipe(hostEnd: 0 | 1): readonly [read: number, write: number] {
  const ends = loadBinding().makePipe(hostEnd);
  if (typeof ends === 'number') return refused('a pipe', ends);
  opened?.push(...ends);
  return ends;
}

export function makeSocketPair(): readonly [host: number, child: number] {
  const ends = loadBinding().makeSocketPair();
  if (typeof ends === 'number') return refused('a pair of sockets', ends);
  opened?.push(...ends);
  return ends;
}

/** The descriptor of a nameless file whose size is fixed. */
export function makeMemory(bytes: number): number {
  const descriptor = loadBinding().makeMemory(bytes);
  if (descriptor < 0) return refused('shared memory', descriptor);
  opened?.push(descriptor);
  return descriptor;
}

/** The descriptor of a nameless file that grows as it is written to. */
export function makeFile(): number {
  const descriptor = loadBinding().makeFile();
  if (descriptor < 0) return refused('a file in memory', descriptor);
  opened?.push(descriptor);
  return descriptor;
}

export function mapMemory(descriptor: number, bytes: number): ArrayBuffer {
  const buffer = loadBinding().mapMemory(descriptor, bytes);
  return typeof buffer === 'number' ? refused('a mapping of memory', buffer) : buffer;
}

/** Closes a descriptor of the addon's. */
export function closeDescriptor(descriptor: number): void {
  loadBinding().closeDescriptor(descriptor);
}
