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

/** [read, write]; the host's end, by its index, does not block. */
export function makePipe(hostEnd: 0 | 1): readonly [read: number, write: number] {
  const ends = loadBinding().makePipe(hostEnd);
  return typeof ends === 'number' ? refused('a pipe', ends) : ends;
}

export function makeSocketPair(): readonly [host: number, child: number] {
  const ends = loadBinding().makeSocketPair();
  return typeof ends === 'number' ? refused('a pair of sockets', ends) : ends;
}

/** The descriptor of a nameless file whose size is fixed. */
export function makeMemory(bytes: number): number {
  const descriptor = loadBinding().makeMemory(bytes);
  return descriptor < 0 ? refused('shared memory', descriptor) : descriptor;
}

/** The descriptor of a nameless file that grows as it is written to. */
export function makeFile(): number {
  const descriptor = loadBinding().makeFile();
  return descriptor < 0 ? refused('a file in memory', descriptor) : descriptor;
}

export function mapMemory(descriptor: number, bytes: number): ArrayBuffer {
  const buffer = loadBinding().mapMemory(descriptor, bytes);
  return typeof buffer === 'number' ? refused('a mapping of memory', buffer) : buffer;
}

/** Closes a descriptor of the addon's. */
export function closeDescriptor(descriptor: number): void {
  loadBinding().closeDescriptor(descriptor);
}
