/**
 * What src-native/shared_memory.cc exports: memory that worker processes see. One block is one file
 * without a name, and has a number that is never used again. Some functions leave further answers
 * in the words that `installSharedMemory` was given.
 */
export interface SharedBinding {
  /** Once a JS thread, after installTensors; false where the system has no such memory. */
  installSharedMemory(words: Float64Array): boolean;
  /**
   * Zeroed memory that is a file of its own, words: address, offset in the buffer, bytes. Undefined
   * where this engine has no such buffer.
   */
  allocShared(bytes: number): ArrayBuffer | undefined;
  /**
   * The file that a view's memory is, held until `releaseBlock`, words: address of the block, offset
   * of the view in it, bytes of the block, descriptor. 0 where it is no file of its own.
   */
  showBlock(view: ArrayBufferView): number;
  /** Holds a block that is held once more. */
  holdBlock(address: number): boolean;
  releaseBlock(address: number): void;
  /**
   * The next descriptor from another process: the number that came with it, words: the descriptor. A
   * negative errno where there is none, or what came is no such message.
   */
  receiveFile(socket: number): number;
  /** Takes a descriptor over, words: bytes. 0 where the file could be cut, or cannot be mapped. */
  importFile(descriptor: number): number;
  /** The memory of a file, words as allocShared, and which use of the file this is. */
  openFile(file: number): ArrayBuffer | undefined;
  /** Whose file it is let go of it: it goes as soon as nobody here sees it. */
  forgetFile(file: number): void;
  /**
   * Since the last question: imported files that nobody here uses any more, each followed by which use
   * ended; own files that are gone.
   */
  takeNews(): readonly [freed: readonly number[], closed: readonly number[]] | undefined;
  /** Gives free files back that nobody needed for so long. */
  trimShared(milliseconds: number): void;
}
