import { constants } from 'node:buffer';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

import { ProtocolError } from '../errors/worker-errors.ts';
import type { ParcelSink, ParcelSource } from '../wire/connection.ts';
import { SharedBlocks } from './shared-blocks.ts';
import { closeDescriptor, makeFile } from './system.ts';

/** One read or write of Linux takes 2 GiB at most. */
const PIECE = 2 ** 30;
/** Pages that are kept: new ones cost twenty times as much as used ones. */
const WARM_BYTES = 64 * 2 ** 20;
const TRIM_PAUSE = 1000;
const SAMPLE_BYTES = 4096;
const PAGE = 4096;
/** What fstat counts blocks in. */
const BLOCK = 512;

type Transfer = (fd: number, bytes: Uint8Array, at: number, count: number, place: number) => number;

/** False where it ended before all bytes were there. */
function transfer(move: Transfer, fd: number, bytes: Uint8Array, place: number): boolean {
  for (let at = 0; at < bytes.length; ) {
    const count = move(fd, bytes, at, Math.min(PIECE, bytes.length - at), place + at);
    if (count === 0) return false;
    at += count;
  }
  return true;
}

/** Half open: pages of the file from `start` on. */
interface Gap {
  readonly start: number;
  readonly end: number;
}

const rounded = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

/**
 * Large arguments on their way: laid down once, in one file that all workers of a pool read, so that
 * it does not matter which worker gets the call, or how often.
 */
export class Parcels implements ParcelSink {
  readonly shared: SharedBlocks = new SharedBlocks();
  readonly #file: number = makeFile();
  /** What workers get: they may not write. */
  readonly readOnly: number;
  readonly #sizes: Map<number, number> = new Map<number, number>();
  /** Between the ones in use, by their starts. */
  #gaps: Gap[] = [];
  #top = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor() {
    // Elsewhere than on Linux a descriptor has no second, weaker one.
    this.readOnly =
      process.platform === 'linux' ? openSync(`/proc/self/fd/${this.#file}`, 'r') : this.#file;
  }

  put(bytes: Uint8Array): number {
    const size = rounded(bytes.length);
    const place = this.#take(size);
    this.#sizes.set(place, size);
    try {
      transfer(writeSync, this.#file, bytes, place);
    } catch (error) {
      this.free([place]);
      throw error;
    }
    return place;
  }

  #take(size: number): number {
    const at = this.#gaps.findIndex(({ start, end }) => end - start >= size);
    const gap = this.#gaps[at];
    if (gap === undefined) {
      this.#top += size;
      return this.#top - size;
    }
    const rest = { start: gap.start + size, end: gap.end };
    this.#gaps.splice(at, 1, ...(rest.start < rest.end ? [rest] : []));
    return gap.start;
  }

  free(places: readonly number[]): void {
    if (this.#isClosed) return;
    for (const place of places) {
      const size = this.#sizes.get(place);
      if (size === undefined) continue;
      this.#sizes.delete(place);
      this.#gaps.push({ start: place, end: place + size });
    }
    if (places.length > 0) this.#merge();
  }

  #merge(): void {
    const merged: Gap[] = [];
    for (const gap of this.#gaps.sort((a, b) => a.start - b.start)) {
      const last = merged.at(-1);
      if (last?.end === gap.start) merged[merged.length - 1] = { start: last.start, end: gap.end };
      else merged.push(gap);
    }
    const last = merged.at(-1);
    if (last?.end === this.#top) {
      merged.pop();
      this.#top = last.start;
    }
    this.#gaps = merged;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#trim();
    }, TRIM_PAUSE).unref();
  }

  #trim(): void {
    const keep = Math.max(this.#top, WARM_BYTES);
    if (fstatSync(this.#file).size > keep) ftruncateSync(this.#file, keep);
  }

  /** A few bytes of a parcel, to tell calls apart. */
  sample(place: number): Uint8Array {
    const size = this.#sizes.get(place) ?? 0;
    const piece = Buffer.alloc(Math.min(SAMPLE_BYTES, size));
    const middle = Math.floor(size / 2 / PAGE) * PAGE;
    const taken = [0, middle, size - piece.length].map((at) => {
      readSync(this.#file, piece, 0, piece.length, place + at);
      return Buffer.from(piece);
    });
    return Buffer.concat(taken);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.readOnly !== this.#file) closeSync(this.readOnly);
    closeDescriptor(this.#file);
  }
}

/** The file of one worker, for its large results. It is only ever read from, so it may lie. */
export class ResultFile implements Omit<ParcelSource, 'shared'> {
  readonly descriptor: number = makeFile();

  read(place: number, bytes: number): Uint8Array<ArrayBuffer> {
    const { blocks, size } = fstatSync(this.descriptor);
    // What it claims it must have: a hole costs a liar nothing, and us memory.
    if (place + bytes > size || bytes > blocks * BLOCK || bytes > constants.MAX_LENGTH) {
      throw new ProtocolError(`a worker sent ${bytes} bytes that it does not have`);
    }
    const copy = new Uint8Array(bytes);
    if (!transfer(readSync, this.descriptor, copy, place)) {
      throw new ProtocolError('a worker took back what it had sent');
    }
    return copy;
  }

  close(): void {
    closeDescriptor(this.descriptor);
  }
}
