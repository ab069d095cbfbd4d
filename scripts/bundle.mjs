#!/usr/bin/env node
// dist/ as it is loaded: a few files instead of one for each module. Node finds, opens, links and
// evaluates every ES module by itself, about 0.3 ms each, and start-up is what users wait for.
// Declarations stay one for each source: tsc writes those.
import { rolldown } from 'rolldown';

import { at } from './lib/root.mjs';

/** What package.json, the command line, tests and benches open; all else is inside a chunk. */
const ENTRIES = ['index', 'native/load', 'cli/main', 'provision/sync-lock', 'provision/locate'];

const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((name) => [name, at('src', `${name}.ts`)])),
  platform: 'node',
  external: /^[^./]/,
});
await bundle.write({
  dir: process.argv[2] ?? at('dist'),
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  // As deep as the modules of src/: new URL('../..', import.meta.url) still finds the package.
  chunkFileNames: 'chunks/[name].js',
  // One file for all that `import 'snakepit'` needs; the command line's rest comes on top.
  advancedChunks: {
    groups: [
      {
        name: 'core',
        test: /src.(contract|errors|native|tensor|in-process|inline|runtime)/,
        priority: 2,
      },
      { name: 'core', test: /src.provision.(locate|hash|project|stamp|toml)\./, priority: 2 },
    ],
  },
});
await bundle.close();
