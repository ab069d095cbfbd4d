/** A block of memory that another process may see: one file without a name. */
export interface SharedBlock {
  /** Its number in this process, never used again. */
  readonly file: number;
  readonly address: number;
  /** Open as long as the block is held. */
  readonly descriptor: number;
  readonly bytes: number;
}

/** Where a view lies in shared memory. */
export interface SharedPlace {
  readonly block: SharedBlock;
  /** Of the view's first byte. */
  readonly offset: number;
}

/** Says what memory crosses as it is, before it is known which worker gets it. */
export interface SharedSink {
  /** The block is held until it is let go of; null: memory that only a copy brings there. */
  share(view: ArrayBufferView): SharedPlace | null;
  letGo(blocks: readonly SharedBlock[]): void;
}

/** A block as memory of this process. */
export interface SharedView {
  readonly buffer: ArrayBuffer;
  /** Of the block's first byte, in the buffer and in memory. */
  readonly start: number;
  readonly address: number;
  readonly bytes: number;
  /** It was not what the worker said: nobody looks at it. */
  letGo(): void;
}

/** Whose file a worker names: its own, or one that it was shown. */
export type FileOwner = 'host' | 'worker';

/** Opens what a worker names in an answer. */
export interface SharedSource {
  /**
   * `lease`: the worker's number for our use of it, given back when that ends.
   *
   * @throws a ProtocolError where there is no such file; RangeError where this engine has no buffer of its size
   */
  open(owner: FileOwner, file: number, lease: number): SharedView;
}
