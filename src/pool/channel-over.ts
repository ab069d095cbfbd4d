import { Socket } from 'node:net';

import { SnakepitError } from '../errors/errors.ts';
import { nativeChannel, type OpenChannel, streamChannel } from '../wire/connection.ts';

/** A channel over two pipes: the addon's, or Node's streams where this runtime hides libuv. */
export function channelOver(receive: number, send: number): OpenChannel {
  return (events) => {
    try {
      return nativeChannel(receive, send)(events);
    } catch (error) {
      if (!(error instanceof SnakepitError)) throw error;
    }
    const reader = new Socket({ fd: receive, readable: true, writable: false });
    const writer = new Socket({ fd: send, readable: false, writable: true });
    return streamChannel(reader, writer)(events);
  };
}
