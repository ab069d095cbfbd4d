#!/usr/bin/env node
// Compiles the C++ addon. `node scripts/build-native.mjs --help` tells the rest.
import { relative } from 'node:path';
import { parseArgs } from 'node:util';

import { buildNative, presetNames } from './lib/native-build.mjs';
import { root } from './lib/root.mjs';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'release' },
    force: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`Usage: node scripts/build-native.mjs [--preset NAME] [--force] [--verbose]

Presets (CMakePresets.json): ${presetNames().join(', ')}.
The zig presets fetch the compiler (PyPI: ziglang) into .tools/ the first time.`);
} else {
  try {
    const { addon, note } = await buildNative(values.preset, {
      force: values.force,
      show: values.verbose,
    });
    console.log(`${relative(root, addon)}: ${note}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
