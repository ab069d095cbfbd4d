import { readSync } from 'node:fs';
import { Socket } from 'node:net';

// What an error shows of a worker's last words.
const TAIL_BYTES = 8192;
const PART = 65_536;

/**
 * What a worker prints outside of the protocol: passed on to the host's own streams, and its end
 * kept for the day it dies.
 */
export class Output {
  readonly #sockets: readonly { readonly descriptor: number; readonly socket: Socket }[];
  #tail: Buffer = Buffer.alloc(0);

  constructor(stdout: number, stderr: number) {
    this.#sockets = [this.#watch(stdout, process.stdout), this.#watch(stderr, process.stderr)];
  }

  get tail(): string {
    return this.#tail.toString();
  }

  #watch(descriptor: number, target: NodeJS.WriteStream): { descriptor: number; socket: Socket } {
    const socket = new Socket({ fd: descriptor, readable: true, writable: false });
    socket.on('data', (part: Buffer) => {
      this.#keep(part);
      if (target.write(part)) return;
      // Whoever reads our output is slow: so is the worker then.
      socket.pause();
      target.once('drain', () => socket.resume());
    });
    socket.on('error', () => undefined);
    socket.unref();
    return { descriptor, socket };
  }

  #keep(part: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, part]).subarray(-TAIL_BYTES);
  }

  /** Reads what is still in the pipes, without waiting, and lets go of them. */
  end(): void {
    for (const [index, { descriptor, socket }] of this.#sockets.entries()) {
      if (!socket.destroyed) this.#rest(descriptor, index === 0 ? process.stdout : process.stderr);
      socket.destroy();
    }
  }

  #rest(descriptor: number, target: NodeJS.WriteStream): void {
    const buffer = Buffer.alloc(PART);
    // A grandchild may still write: one buffer's worth is enough for last words.
    try {
      const length = readSync(descriptor, buffer);
      const part = buffer.subarray(0, length);
      this.#keep(part);
      if (length > 0) target.write(part);
    } catch {
      // Nothing there (EAGAIN).
    }
  }
}
