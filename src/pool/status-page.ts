/**
 * The status page: memory shared by the host and its workers that outlives a worker, so that the
 * host can tell what a dead one had begun. One slot a worker, of little-endian 64-bit words. The
 * Python twin is in python/snakepit/turns.py, and a test compares them.
 *
 * A worker writes its current id, then the started id, before any user code of a call; it clears
 * the current id after the reply was written. `started` only rises and is never reset: a finished
 * call whose reply was lost must not look as if it had never begun.
 */
export const SLOT_BYTES = 256;

export const WORD = {
  /** The last id that was started. By the worker. */
  started: 0,
  /** The id that runs now; 0: none. By the worker. */
  current: 1,
  /** Counts up from a native thread without the GIL. By the worker. */
  nativeBeat: 2,
  /** Counts up from a Python thread, with the GIL. By the worker. */
  gilBeat: 3,
  /** The id that SIGINT is meant for. By the host. */
  cancel: 4,
} as const;

export type Word = keyof typeof WORD;

const WORDS_PER_SLOT = SLOT_BYTES / BigUint64Array.BYTES_PER_ELEMENT;

/** One worker's slot. What a worker wrote is read as a number and means nothing else. */
export class StatusSlot {
  readonly index: number;
  readonly #words: BigUint64Array;

  constructor(page: ArrayBuffer, index: number) {
    this.index = index;
    this.#words = new BigUint64Array(page, index * SLOT_BYTES, WORDS_PER_SLOT);
  }

  /** Above 2^53 a number is no id of ours, so that its exact value does not matter. */
  read(word: Word): number {
    return Number(this.#words[WORD[word]] ?? 0n);
  }

  cancel(id: number): void {
    this.#words[WORD.cancel] = BigInt(id);
  }

  /** Before another worker gets the slot. */
  clear(): void {
    this.#words.fill(0n);
  }
}
