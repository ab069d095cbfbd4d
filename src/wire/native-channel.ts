import { getSystemErrorName } from 'node:util';

import { SnakepitError } from '../errors/errors.ts';
import { CHANNEL_EVENT } from '../native/channel-binding.ts';
import { loadBinding } from '../native/load.ts';
import type { ChannelEvents, OpenChannel } from './channel.ts';

/** As large as a pipe's buffer. */
const INPUT_BYTES = 64 * 1024;

const open = new Map<number, ChannelEvents>();
let input: Buffer | null = null;

function systemError(doing: string, errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${doing} failed: ${code}`), { code, errno: -errno });
}

function onEvent(id: number, event: number, value: number): void {
  const events = open.get(id);
  if (events === undefined || input === null) return;
  if (event === CHANNEL_EVENT.data) events.data(input, value);
  else if (event === CHANNEL_EVENT.drain) events.drain();
  else events.closed(value === 0 ? null : systemError('reading from a worker', value));
}

function install(): void {
  if (input !== null) return;
  const made = Buffer.allocUnsafeSlow(INPUT_BYTES);
  if (!loadBinding().installChannels(made, onEvent)) {
    throw new SnakepitError('this runtime shows no libuv: workers need streams here');
  }
  input = made;
}

/**
 * A channel over two pipes that do not block on our side. It owns the descriptors and closes them.
 * Opening it throws on a runtime without libuv: `streamChannel` is for those.
 *
 * @example
 * new Connection(nativeChannel(readFd, writeFd), handlers);
 */
export function nativeChannel(readFd: number, writeFd: number): OpenChannel {
  return (events) => {
    install();
    const binding = loadBinding();
    const id = binding.openChannel(readFd, writeFd);
    if (id < 0) throw systemError('opening a channel to a worker', -id);
    open.set(id, events);
    return {
      write(bytes, start, end) {
        const count = binding.writeChannel(id, bytes, start, end);
        // A worker that died while we wrote: the end of file, or the exit, says more. What was to
        // be written is dropped.
        return count < 0 ? end - start : count;
      },
      close() {
        open.delete(id);
        binding.closeChannel(id);
      },
      ref() {
        binding.refChannel(id, true);
      },
      unref() {
        binding.refChannel(id, false);
      },
    };
  };
}
