import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { collectPython } from '../in-process/live.ts';

let collector: (() => unknown) | undefined;

/** V8's own collector; a test need not be started with --expose-gc. */
function collectJavaScript(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = globalThis.gc ?? (runInNewContext('gc') as () => unknown);
  }
  collector();
}

/** Both collectors by turns: what one lets go may be the last that the other's objects hung on. */
export function collect(): void {
  for (let round = 0; round < 3; round++) {
    collectJavaScript();
    collectPython();
  }
}
