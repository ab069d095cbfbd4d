import type { Readable, Writable } from 'node:stream';

/** What happens on a channel, always from the event loop. */
export interface ChannelEvents {
  /** `bytes` up to `end` are valid during the call only. */
  data(bytes: Buffer, end: number): void;
  /** More can be written again. */
  drain(): void;
  /** Nothing comes any more, by end of file (null) or by an error. Comes once. */
  closed(error: Error | null): void;
}

/** Bytes to a worker and back. */
export interface Channel {
  /** Writes what goes without waiting, and says how many bytes that was. */
  write(bytes: Buffer, start: number, end: number): number;
  /** Ends both directions; no event comes afterwards. */
  close(): void;
  /** Whether an open channel keeps the event loop alive. It does not at first. */
  ref(): void;
  unref(): void;
}

export type OpenChannel = (events: ChannelEvents) => Channel;

interface Refable {
  ref?(): unknown;
  unref?(): unknown;
}

/**
 * A channel over Node's own streams: what is left where the addon or libuv's symbols are missing.
 *
 * @example
 * const child = spawn(python, args, { stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"] });
 * new Connection(streamChannel(child.stdio[4], child.stdio[3]), handlers);
 */
export function streamChannel(readable: Readable, writable: Writable): OpenChannel {
  return (events) => {
    let open = true;
    const end = (error: Error | null): void => {
      if (!open) return;
      open = false;
      events.closed(error);
    };
    readable.on('data', (chunk: Buffer) => {
      if (open) events.data(chunk, chunk.length);
    });
    readable.once('end', () => {
      end(null);
    });
    readable.once('close', () => {
      end(null);
    });
    readable.once('error', end);
    // A worker that died while we wrote: the end of file, or the exit, says more.
    writable.on('error', () => undefined);
    writable.on('drain', () => {
      if (open) events.drain();
    });
    const each = (act: (stream: Refable) => void): void => {
      for (const stream of new Set<Refable>([readable as Refable, writable as Refable]))
        act(stream);
    };
    each((stream) => stream.unref?.());
    return {
      write(bytes, start, stop) {
        if (!open || writable.writableNeedDrain) return 0;
        writable.write(Buffer.from(bytes.subarray(start, stop)));
        return stop - start;
      },
      close() {
        open = false;
        readable.destroy();
        writable.destroy();
      },
      ref: () => {
        each((stream) => stream.ref?.());
      },
      unref: () => {
        each((stream) => stream.unref?.());
      },
    };
  };
}
