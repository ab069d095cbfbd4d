import { ProtocolError } from '../errors/worker-errors.ts';
import type { Channel, OpenChannel } from './channel.ts';
import { decodeMessage } from './decode-message.ts';
import type { EncodedBatch } from './encode-batch.ts';
import { frames } from './encode-message.ts';
import { FrameReader } from './frame.ts';
import { MAX_FRAME, type RunContext, type WorkerMessage, type WorkerSettings } from './message.ts';
import { readTagged, readTaggedWith } from './tagged.ts';
import type { ParcelSource } from './parcel.ts';
import { Writer } from './writer.ts';

export type { Channel, OpenChannel } from './channel.ts';
export { streamChannel } from './channel.ts';
export { nativeChannel } from './native-channel.ts';
export { type EncodedBatch, encodeBatch } from './encode-batch.ts';
export { decodeValues } from './decode-values.ts';
export { outcomesOf } from './outcome.ts';
export type { ParcelSink, ParcelSource } from './parcel.ts';
export type * from './shared.ts';

export interface ConnectionHandlers {
  /** A message of the worker, decoded and checked. Its ids may still be none of ours. */
  message(message: WorkerMessage): void;
  /**
   * Once, when nothing comes any more: end of file (null), a read error, or a ProtocolError for
   * what was no message. Not after `close()`. The exit status says more, and comes later.
   */
  closed(error: Error | null): void;
}

/**
 * Messages to one worker and from it. What is sent in one turn of the event loop goes out in one
 * write; nothing here waits or takes a decision.
 */
export class Connection {
  readonly #channel: Channel;
  readonly #handlers: ConnectionHandlers;
  readonly #reader: FrameReader;
  readonly #out: Writer;
  /** Bytes of `#out` that are written already. */
  #sent = 0;
  #flushing = false;
  #blocked = false;
  #open = true;

  /** `source`: where the worker lays down what is too large for a message. */
  constructor(
    open: OpenChannel,
    handlers: ConnectionHandlers,
    maxFrame: number = MAX_FRAME,
    source: ParcelSource | null = null,
  ) {
    const tagged = source === null ? readTagged : readTaggedWith(source);
    this.#handlers = handlers;
    // What a frame may have was checked when its batch was encoded.
    this.#out = new Writer(Number.MAX_SAFE_INTEGER, () => {
      throw new ProtocolError('unreachable');
    });
    this.#reader = new FrameReader(maxFrame, (bytes, start, end) => {
      if (this.#open) this.#handlers.message(decodeMessage(bytes, start, end, tagged));
    });
    this.#channel = open({
      data: (bytes, end) => {
        this.#data(bytes, end);
      },
      drain: () => {
        this.#blocked = false;
        this.#flush();
      },
      closed: (error) => {
        this.#fail(error);
      },
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Bytes that the worker has not taken yet. */
  get buffered(): number {
    return this.#out.length - this.#sent;
  }

  hello(settings: WorkerSettings): void {
    frames.hello(this.#out, settings);
    this.#send();
  }

  /** `id` must be larger than every one before, and below 2^53. */
  run(id: number, batch: EncodedBatch, context: RunContext | null = null): void {
    frames.run(this.#out, id, batch, context);
    this.#send();
  }

  /** One count of each. */
  release(handles: readonly number[]): void {
    frames.release(this.#out, handles);
    this.#send();
  }

  /** Lets a stream send `count` items; `id` is as for a run, because users' code runs for it. */
  credit(id: number, stream: number, count: number): void {
    frames.credit(this.#out, id, stream, count);
    this.#send();
  }

  closeStream(id: number, stream: number): void {
    frames.close(this.#out, id, stream);
    this.#send();
  }

  /** Leases that end, and files of this process that are gone. */
  shared(leases: readonly number[], files: readonly number[]): void {
    frames.shared(this.#out, leases, files);
    this.#send();
  }

  shutdown(): void {
    frames.shutdown(this.#out);
    this.#send();
  }

  /** Writes at once instead of at the end of this turn. */
  flush(): void {
    this.#flush();
  }

  ref(): void {
    this.#channel.ref();
  }

  unref(): void {
    this.#channel.unref();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#channel.close();
  }

  #send(): void {
    if (this.#flushing || this.#blocked) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flush();
    });
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#blocked || !this.#open) return;
    const out = this.#out;
    this.#sent += this.#channel.write(out.bytes, this.#sent, out.length);
    if (this.#sent < out.length) {
      this.#blocked = true;
      return;
    }
    this.#sent = 0;
    out.reset();
  }

  #data(bytes: Buffer, end: number): void {
    try {
      this.#reader.push(bytes, end);
    } catch (error) {
      // Only what was no message: a handler's own error is a fault of ours and must be seen.
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error);
    }
  }

  #fail(error: Error | null): void {
    if (!this.#open) return;
    this.close();
    this.#handlers.closed(error);
  }
}
