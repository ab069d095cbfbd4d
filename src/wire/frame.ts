import { ProtocolError } from '../errors/worker-errors.ts';

const FIRST_BYTES = 16 * 1024;

/** A frame: `bytes[start]` is its kind. Valid during the call only. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

/**
 * Cuts what a channel reads into frames. Memory grows with what came, not with what a header
 * promises.
 */
export class FrameReader {
  readonly #limit: number;
  readonly #frame: OnFrame;
  #partial: Buffer = Buffer.alloc(0);
  #have = 0;

  constructor(limit: number, frame: OnFrame) {
    this.#limit = limit;
    this.#frame = frame;
  }

  /** Bytes of a frame that is not whole yet. */
  get pending(): number {
    return this.#have;
  }

  push(bytes: Buffer, end: number): void {
    let at = 0;
    while (this.#have > 0 && at < end) at = this.#complete(bytes, at, end);
    while (end - at >= 4) {
      const stop = at + 4 + this.#length(bytes, at);
      if (stop > end) break;
      this.#frame(bytes, at + 4, stop);
      at = stop;
    }
    if (at < end) this.#keep(bytes, at, end);
  }

  /** Adds to the partial frame what belongs to it. */
  #complete(bytes: Buffer, at: number, end: number): number {
    const whole = this.#have < 4 ? 4 : 4 + this.#length(this.#partial, 0);
    const stop = Math.min(end, at + whole - this.#have);
    this.#keep(bytes, at, stop);
    if (this.#have < 4 || this.#have < 4 + this.#length(this.#partial, 0)) return stop;
    const partial = this.#partial;
    const have = this.#have;
    this.#have = 0;
    if (have > FIRST_BYTES) this.#partial = Buffer.alloc(0);
    this.#frame(partial, 4, have);
    return stop;
  }

  #length(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32LE(at);
    if (length >= 1 && length <= this.#limit) return length;
    throw new ProtocolError(
      `a worker sent a frame of ${length} bytes, where 1 to ${this.#limit} are allowed`,
    );
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const have = this.#have + end - start;
    if (have > this.#partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(have, this.#partial.length * 2, FIRST_BYTES));
      this.#partial.copy(grown, 0, 0, this.#have);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#have, start, end);
    this.#have = have;
  }
}
