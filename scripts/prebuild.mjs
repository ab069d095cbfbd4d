#!/usr/bin/env node
// Cross-builds the addon for all platforms into prebuilds/, by prebuildify over zig:
// `npm run prebuilds [-- linux-x64-glibc …]`. `--missing` builds what is not there or stale,
// `--check` builds nothing and says what is stale, `--compare` builds anew and wants the same bytes.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { nativeInputs, presetNames, readPreset } from './lib/native-build.mjs';
import { pinned } from './lib/python-tools.mjs';
import { at, readJson, root } from './lib/root.mjs';
import { run } from './lib/run.mjs';

const all = presetNames()
  .filter((name) => name.startsWith('zig-'))
  .map((name) => name.slice('zig-'.length));
const { values, positionals: named } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    missing: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
  },
});
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

const MANIFEST = at('prebuilds', 'manifest.json');

/** @typedef {{ sha256: string, sources: string }} Row what a binary is, and what it was made of */

/** @returns {Record<string, Row>} */
const readRows = () => (existsSync(MANIFEST) ? readJson(MANIFEST).files : {});

/** @param {string} target */
function fileOf(target) {
  const [platform, arch, libc] = target.split('-');
  return `${platform}-${arch}/snakepit${libc ? `.${libc}` : ''}.node`;
}

/** @param {string} file below prebuilds/ */
const sha256 = (file) =>
  createHash('sha256')
    .update(readFileSync(at('prebuilds', file)))
    .digest('hex');

/** @param {string} target */
const sourcesOf = (target) => nativeInputs(readPreset(`zig-${target}`));

/** @param {string} target @returns {string | null} why its binary is not the one to ship */
function fault(target) {
  const file = fileOf(target);
  const row = readRows()[file];
  if (!existsSync(at('prebuilds', file))) return 'is not built';
  if (row === undefined) return 'is not in the manifest';
  if (row.sha256 !== sha256(file)) return 'has other bytes than the manifest says';
  return row.sources === sourcesOf(target) ? null : 'was built of other sources';
}

/** @param {string} target */
function note(target) {
  const file = fileOf(target);
  const rows = { ...readRows(), [file]: { sha256: sha256(file), sources: sourcesOf(target) } };
  const manifest = {
    zig: pinned('zig', 'ziglang'),
    nodeApi: readJson(at('package.json')).binary.napi_versions[0],
    files: Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** @param {string} target */
async function build(target) {
  const before = readRows()[fileOf(target)];
  if (values.compare) {
    if (fault(target) !== null) throw new Error(`${target} ${fault(target)}: nothing to compare.`);
    const { binaryDir, addon } = readPreset(`zig-${target}`);
    for (const path of [binaryDir, addon]) rmSync(path, { recursive: true, force: true });
  }
  await prebuild(target);
  note(target);
  const now = readRows()[fileOf(target)];
  if (values.compare && before?.sha256 !== now?.sha256) {
    throw new Error(`${target} differs when rebuilt: ${before?.sha256}, now ${now?.sha256}.`);
  }
}

/** Those that are there must be right; in a release all must be there. */
function check() {
  const there = all.filter((target) => existsSync(at('prebuilds', fileOf(target))));
  const stale = there.filter((target) => fault(target) !== null);
  for (const target of stale) console.log(`${target} ${fault(target)}`);
  const missing = all.filter((target) => !there.includes(target));
  if (missing.length > 0) console.log(`not built: ${missing.join(', ')}`);
  console.log(`${there.length - stale.length} binaries are of the sources that are here`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

try {
  const wanted = named.length > 0 ? named : all;
  if (values.check) check();
  else {
    const chosen = values.missing ? wanted.filter((target) => fault(target) !== null) : wanted;
    for (const target of chosen) await build(target);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
