#!/usr/bin/env node
// Stands in for node-gyp where prebuildify calls it: builds the target that prebuildify names in
// its environment by the zig preset, and leaves the result in build/Release, where prebuildify
// looks. So CMakeLists.txt stays the only description of the build, and no headers are downloaded.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { buildNative } from './lib/native-build.mjs';

const { PREBUILD_PLATFORM, PREBUILD_ARCH, PREBUILD_LIBC } = process.env;
const libc = PREBUILD_PLATFORM === 'linux' ? `-${PREBUILD_LIBC}` : '';
try {
  const { addon, note } = await buildNative(`zig-${PREBUILD_PLATFORM}-${PREBUILD_ARCH}${libc}`);
  const folder = join(process.cwd(), 'build', 'Release');
  mkdirSync(folder, { recursive: true });
  copyFileSync(addon, join(folder, 'snakepit.node'));
  console.log(`${PREBUILD_PLATFORM}-${PREBUILD_ARCH}${libc}: ${note}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
