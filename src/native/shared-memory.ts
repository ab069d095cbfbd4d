import { loadBinding } from './load.ts';

/** Where native code leaves further answers, see shared-binding.ts. */
const words: Float64Array<ArrayBuffer> = new Float64Array(4);

let installed: boolean | null = null;

/** Once a JS thread, after installTensors(); false where the system has no such memory. */
export function installSharedMemory(): boolean {
  installed ??= loadBinding().installSharedMemory(words);
  return installed;
}

/** A further answer of the call before. */
export function word(index: 0 | 1 | 2 | 3): number {
  return words[index] as number;
}
