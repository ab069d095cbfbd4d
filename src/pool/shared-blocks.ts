import { loadBinding } from '../native/load.ts';
import { installSharedMemory, word } from '../native/shared-memory.ts';
import { installTensors } from '../tensor/install.ts';
import type { SharedBlock, SharedPlace, SharedSink } from '../wire/connection.ts';

/** Memory of this process that crosses to workers as it is. */
export class SharedBlocks implements SharedSink {
  readonly #works: boolean;

  constructor() {
    installTensors();
    this.#works = installSharedMemory();
  }

  share(view: ArrayBufferView): SharedPlace | null {
    if (!this.#works || view.byteLength === 0) return null;
    const file = loadBinding().showBlock(view);
    if (file === 0) return null;
    const block = { file, address: word(0), bytes: word(2), descriptor: word(3) };
    return { block, offset: word(1) };
  }

  letGo(blocks: readonly SharedBlock[]): void {
    for (const { address } of blocks) loadBinding().releaseBlock(address);
  }
}
