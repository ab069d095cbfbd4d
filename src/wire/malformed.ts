import { ProtocolError } from '../errors/worker-errors.ts';

/** What a worker sent is no message: nothing more is read from it. */
export function malformed(what: string): never {
  throw new ProtocolError(`a worker sent a malformed message: ${what}`);
}
