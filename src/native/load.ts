import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { SnakepitError } from '../errors/errors.ts';
import type { Binding } from './binding.ts';
import { BRIDGE } from './bridge.ts';
import { nativeError } from './native-error.ts';
import { tellLibc } from './platform.ts';
import { reportStale } from './stale-memory.ts';
import { collectYoung } from './young-collection.ts';

/** The Node-API level that the addon is built for. */
const LEVEL = 9;

/** The same two steps up from src/native and from dist/native. */
export const packageRoot: string = fileURLToPath(new URL('../..', import.meta.url));

const require = createRequire(import.meta.url);
let loaded: Binding | null = null;

/** Where the addon is, for a process that loads it by other means than Node. */
export function addonPath(): string {
  const override = process.env['SNAKEPIT_ADDON'];
  if (override !== undefined && override !== '') return override;
  // Where node-gyp-build looks first, without the 3 ms that loading it takes.
  const local = join(packageRoot, 'build', 'Release', 'snakepit.node');
  if (existsSync(local) && process.env['PREBUILDS_ONLY'] === undefined) return local;
  tellLibc();
  const build = require('node-gyp-build') as { path(folder: string): string };
  return build.path(packageRoot);
}

function tryAddon(): Binding {
  // First, because Node ends the process when an addon asks for a level that it lacks.
  const level = Number(process.versions['napi'] ?? 0);
  if (level < LEVEL) {
    throw new SnakepitError(
      `snakepit needs Node-API ${String(LEVEL)} and this Node (${process.version}) has ` +
        `${String(level)}; use Node 20.19 or newer`,
    );
  }
  try {
    return require(addonPath()) as Binding;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new SnakepitError(
      `snakepit’s native addon could not be loaded on ${platform}: ${(cause as Error).message}. ` +
        'Build it with `npm run build` in a clone of the repository, or install a release that ' +
        'has a binary for this platform.',
      { cause },
    );
  }
}

/** The addon; opened on first use. */
export function loadBinding(): Binding {
  if (loaded === null) {
    loaded = tryAddon();
    loaded.install({ bridge: BRIDGE, makeError: nativeError, collectYoung, reportStale });
  }
  return loaded;
}
