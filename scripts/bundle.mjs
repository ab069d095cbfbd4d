#!/usr/bin/env node
// dist/ as it is loaded: a few files instead of one for each module. Node finds, opens, links and
// evaluates every ES module by itself, about 0.3 ms each, and start-up is what users wait for.
// Declarations stay one for each source: tsc writes those.
import { rolldown } from 'rolldown';

import { at } from './lib/root.mjs';

/** What package.json, the command line, tests and benches open; all else is inside a chunk. */
const ENTRIES = [
  'index',
  'testing/testing',
  'arrow/arrow',
  'native/load',
  'cli/main',
  'provision/sync-lock',
  'provision/locate',
  'pool/pool-executor',
  'wire/connection',
  'contract/batch',
];

/**
 * `import` of a module of Node's builds a namespace of all its exports, 30 kB and 0.2 ms each;
 * asking for the module itself costs nothing, since Node's own start has loaded it.
 */
const builtinsWithoutNamespaces = {
  name: 'builtins-without-namespaces',
  /** @param {string} code */
  renderChunk: (code) => ({
    code: code.replace(
      /^import (?:\* as )?(\w+|\{[^}]*\}) from "(node:[^"]+)";$/gm,
      (_line, names, module) =>
        `const ${names.replaceAll(' as ', ': ')} = process.getBuiltinModule("${module}");`,
    ),
    map: null, // a line stays a line
  }),
};

const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((name) => [name, at('src', `${name}.ts`)])),
  platform: 'node',
  external: /^[^./]/,
  plugins: [builtinsWithoutNamespaces],
});
await bundle.write({
  dir: process.argv[2] ?? at('dist'),
  format: 'esm',
  sourcemap: true,
  // Readable in a stack trace, and no more: V8 keeps the text on its heap, in two bytes a character
  // where a single one is not ASCII, and what is allocated at start-up can cost a collection.
  minify: {
    compress: false,
    mangle: false,
    codegen: { removeWhitespace: false, asciiOnly: true },
  },
  comments: false,
  entryFileNames: '[name].js',
  // As deep as the modules of src/: new URL('../..', import.meta.url) still finds the package.
  chunkFileNames: 'chunks/[name].js',
  // One file for all that `import 'snakepit'` needs; the command line's rest comes on top.
  advancedChunks: {
    groups: [
      {
        name: 'core',
        test: /src.(contract.(?!pool-options|route-options)|errors|events|native|tensor.(?!record)|in-process|inline|helpers|remote.(?!fallback)|threads.thread-executor|runtime.(?!open-|session-home|lazy-pool|rout|operands))/,
        priority: 2,
      },
      {
        name: 'core',
        test: /src.provision.(locate|hash|project|stamp|toml|redact|requirement|specifier)\./,
        priority: 2,
      },
      { name: 'provision', test: /src.provision./, priority: 1 },
      // Who makes no call that returns a promise does not load this one, nor who has no pool the next.
      { name: 'wire', test: /src.(wire|threads|tensor.record)./, priority: 1 },
      {
        name: 'pool',
        test: /src.(pool|contract.(pool-options|route-options)|runtime.(open-|session-home|lazy-pool|rout|operands))/,
        priority: 1,
      },
    ],
  },
});
await bundle.close();
