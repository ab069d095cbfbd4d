#!/usr/bin/env node
// Cross-builds the addon for all platforms into prebuilds/, by prebuildify over zig:
// `npm run prebuilds [-- linux-x64-glibc …]`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { nativeInputs, presetNames, readPreset } from './lib/native-build.mjs';
import { pinned } from './lib/python-tools.mjs';
import { at, readJson, root } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { filesBelow } from './lib/stamp.mjs';

const all = presetNames()
  .filter((name) => name.startsWith('zig-'))
  .map((name) => name.slice('zig-'.length));
const named = process.argv.slice(2);
const unknown = named.filter((target) => !all.includes(target));
if (unknown.length > 0) {
  console.error(`No target ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(2);
}

/** @param {string} target */
async function prebuild(target) {
  const [platform = '', arch = '', libc] = target.split('-');
  // prebuildify takes what lies in its folder's build/Release: not ours, where the local build is.
  const staging = at('build', 'prebuildify', target);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  writeFileSync(join(staging, 'package.json'), JSON.stringify({ name: 'snakepit' }));
  const { status } = await run(
    process.execPath,
    [
      at('node_modules', 'prebuildify', 'bin.js'),
      ...['--napi', '--platform', platform, '--arch', arch],
      ...(libc ? ['--libc', libc, '--tag-libc', libc] : []),
      ...['--cwd', staging, '--out', root],
    ],
    { show: true, env: { PREBUILD_NODE_GYP: at('scripts', 'prebuild-shim.mjs') } },
  );
  if (status !== 0) throw new Error(`prebuildify failed for ${target} (exit ${status}).`);
}

/** What the binaries were made of, so that stale ones can be told without building them again. */
function writeManifest() {
  /** @param {string} path */
  const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const files = filesBelow([at('prebuilds')]).filter((path) => path.endsWith('.node'));
  const manifest = {
    sources: Object.fromEntries(
      all.map((target) => [target, nativeInputs(readPreset(`zig-${target}`))]),
    ),
    zig: pinned('zig', 'ziglang'),
    nodeApi: readJson(at('package.json')).binary.napi_versions[0],
    files: Object.fromEntries(
      files.map((path) => [relative(at('prebuilds'), path), { sha256: sha256(path) }]),
    ),
  };
  writeFileSync(at('prebuilds', 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

try {
  for (const target of named.length > 0 ? named : all) await prebuild(target);
  writeManifest();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
