import type { SharedSink, SharedSource } from './shared.ts';

/** From here on bytes travel beside the messages: a pipe would take them in pieces of 64 KiB. */
export const PARCEL_BYTES: number = 256 * 1024;

/** Takes what is too large for a message, before it is known which worker gets it. */
export interface ParcelSink {
  /** A copy of the bytes as they are now; its place in the file that all workers read. */
  put(bytes: Uint8Array): number;
  /** The places may be used again. */
  free(places: readonly number[]): void;
  /** Takes what needs no copy. */
  readonly shared: SharedSink;
}

/** Reads what a worker laid down in its own file. */
export interface ParcelSource {
  /** A copy; a ProtocolError where there is no such thing. */
  read(place: number, bytes: number): Uint8Array<ArrayBuffer>;
  /** Where it shows what needs no copy. */
  readonly shared: SharedSource;
}
