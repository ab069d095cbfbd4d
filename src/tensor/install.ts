import { constants } from 'node:buffer';

import { loadBinding } from '../native/load.ts';
import { guardTransfers } from '../native/transfer-guard.ts';
import { copyCounters } from './copies.ts';
import { NativeTensor } from './native-tensor.ts';
import { scratch } from './scratch.ts';

let installed = false;

/** Other hosts pass C++ objects in ways of their own, which no self-test would survive. */
function isPlainNode(): boolean {
  return !['electron', 'bun', 'deno'].some((host) => Object.hasOwn(process.versions, host));
}

/** Once a JS thread: native code learns where the scratch and the counters are. */
export function installTensors(): void {
  if (installed) return;
  installed = true;
  const binding = loadBinding();
  binding.installTensors(
    scratch,
    copyCounters,
    (value) => NativeTensor.describe(value),
    isPlainNode(),
    constants.MAX_LENGTH,
  );
  // Only V8 12.4 (Node 22) resizes a transferred buffer in place under its holders.
  if (process.versions.node.startsWith('22.')) {
    binding.guardTransfers();
    guardTransfers(binding);
  }
}

/**
 * How buffers that are not ours are kept alive while Python uses them: by V8's count, by V8
 * itself, or not at all.
 */
export function holdMode(): 'count' | 'node' | 'off' {
  installTensors();
  return loadBinding().holdMode();
}
