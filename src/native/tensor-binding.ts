/** The number of a library's table of functions, of DLPack: from `exchange` alone. */
export type ExchangeTable = number & { readonly exchange: unique symbol };

/** What src-native/tensor.cc exports. Layouts travel in the scratch (src/tensor/scratch.ts). */
export interface TensorBinding {
  /**
   * Once a JS thread. `describe` writes a tensor's layout into the scratch and returns its data.
   * `plainNode`: the host is Node, so V8's own holds may be tried. `maxBytes`: of a buffer.
   */
  installTensors(
    scratch: Float64Array,
    copies: Float64Array,
    describe: (tensor: unknown) => ArrayBufferView,
    plainNode: boolean,
    maxBytes: number,
  ): void;
  /** How buffers that are not ours are held; the first question runs a self-test. */
  holdMode(): 'count' | 'node' | 'off';
  /** Is this the thread that Node itself started on? */
  onMainThread(): boolean;
  /** The buffer over an array's memory; undefined: `scratch[REASON]` says why it has to be copied. */
  takeOut(id: number): ArrayBuffer | undefined;
  /** As takeOut, of a copy in C order, counted under the reason. */
  takeOutCopy(id: number, reason: number): ArrayBuffer | undefined;
  /** Copies the array in C order into `target`; false if it does not fit. */
  copyInto(id: number, target: Uint8Array, reason: number): boolean;
  /** A proxy of an ndarray over a tensor's or a typed array's memory. */
  handOver(value: unknown, forbidCopies: boolean): unknown;
  /** What a function of Python's makes of that ndarray; as `callLater`. */
  handOverTo(value: unknown, forbidCopies: boolean, id: number): unknown;
  /** A table of C functions, by the capsule that holds it; undefined: none that we know. */
  exchange(capsule: number): ExchangeTable | undefined;
  /**
   * A tensor of the library whose table it is, over that memory; as `callLater`. `data` is that of a
   * tensor whose layout is in the scratch.
   */
  handOverByExchange(
    value: unknown,
    forbidCopies: boolean,
    table: ExchangeTable,
    data: ArrayBufferView | undefined,
  ): unknown;
  /** The policy of open() for arguments. */
  forbidCopies(forbid: boolean): void;
  /** Zeroed memory of the arena, its place in the scratch; undefined where there is no arena. */
  alloc(bytes: number): ArrayBuffer | undefined;
  /** A private buffer's memory under a new buffer that frees it when nobody uses it any more. */
  adopt(buffer: ArrayBuffer): ArrayBuffer | undefined;
  /** An array's dtype as NumPy prints it. */
  dtypeText(id: number): string;
  /** One tensor over this memory was disposed of. */
  disposeMemory(address: number, buffer: ArrayBufferLike): void;
  addressOf(array: ArrayBufferView): number;
  /** Does Python, or the arena, use this buffer's memory? Only counted after guardTransfers(). */
  isHeld(buffer: ArrayBuffer): boolean;
  guardTransfers(): void;
  memoryStats(): MemoryStats;
  tensorTables(): { readonly dtypes: readonly string[]; readonly reasons: readonly string[] };
}

/** Bytes and counts of the memory that JavaScript and Python share, for tests and diagnosis. */
export interface MemoryStats {
  /** Address space of the arena. */
  readonly reserved: number;
  readonly used: number;
  /** Free pages kept for reuse. */
  readonly warm: number;
  readonly blocks: number;
  /** ArrayBuffers over memory that is not V8's, of this thread. */
  readonly windows: number;
  readonly windowBytes: number;
  /** Of them, those whose memory was moved elsewhere: they wait for Node's finaliser. */
  readonly detached: number;
  /** V8's garbage collections are seen, so dead windows close in synchronous loops too. */
  readonly seesCollections: boolean;
  readonly numpyAllocator: boolean;
}
