// The binaries of all platforms, by what they say of themselves: most cannot run here. They are
// built by `npm run prebuilds`, and by `npm run test:platforms` before this file runs.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { addonPath } from '../../src/native/load.ts';
import { PLATFORMS } from '../../src/provision/platform.ts';
import { readBinary } from './binary.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function pathOf(platform: string): string {
  const [os = '', arch = '', libc] = platform.split('-');
  const name = libc === undefined ? 'snakepit.node' : `snakepit.${libc}.node`;
  return join(ROOT, 'prebuilds', `${os}-${arch}`, name);
}

const built = PLATFORMS.filter((platform) => existsSync(pathOf(platform)));
const ENTRIES = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

describe.each(PLATFORMS)('%s', (platform) => {
  const isBuilt = built.includes(platform);
  const [os, arch, libc] = platform.split('-');

  test.runIf(isBuilt)(
    'is for its machine, and links neither Python, Node nor a C++ library',
    () => {
      const binary = readBinary(pathOf(platform));
      expect(binary).toMatchObject({ format: os === 'darwin' ? 'mach-o' : 'elf', machine: arch });
      for (const library of binary.libraries) {
        expect(library).toMatch(
          os === 'darwin'
            ? /^\/usr\/lib\/libSystem\.B\.dylib$/
            : libc === 'musl'
              ? /^libc\.so$/
              : /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux.*)$/,
        );
      }
      expect(binary.paths).toEqual([]);
      expect(statSync(pathOf(platform)).size).toBeLessThan(1_500_000);
    },
  );

  test.runIf(isBuilt)('exports what Node looks for', () => {
    const { exports: found } = readBinary(pathOf(platform));
    for (const name of ENTRIES) expect(found).toContain(os === 'darwin' ? `_${name}` : name);
    // Workers call what begins with snakepit_ by ctypes. Mach-O has no version script: libc++'s
    // operators are weak there.
    const others = found.filter((name) => !ENTRIES.includes(name) && !/^snakepit_\w+$/.test(name));
    if (os !== 'darwin') expect(others).toEqual([]);
  });

  test.runIf(isBuilt && libc === 'glibc')('runs on glibc 2.17', () => {
    const newest = readBinary(pathOf(platform))
      .glibc.map((version) => version.split('.').map(Number))
      .toSorted(([, a = 0, c = 0], [, b = 0, d = 0]) => a - b || c - d)
      .at(-1);
    expect(newest?.[0]).toBe(2);
    expect(newest?.[1]).toBeLessThanOrEqual(17);
  });

  test.runIf(isBuilt && os === 'darwin')('runs on macOS 11, signed where that is asked for', () => {
    const { macos, signature } = readBinary(pathOf(platform));
    expect(macos).toBe('11.0');
    // Apple's arm64 starts nothing unsigned; x64 does.
    if (arch === 'arm64') expect(signature).toBe('ad-hoc');
    else expect(signature).not.toBe('wrong');
  });
});

test("this machine's own build, which is read the same way", () => {
  const binary = readBinary(addonPath());
  expect(binary.machine).toBe(process.arch);
  const names = process.platform === 'darwin' ? ENTRIES.map((name) => `_${name}`) : ENTRIES;
  expect(binary.exports).toEqual(expect.arrayContaining(names));
  expect(binary.libraries.join(' ')).toMatch(/lib(c|System)\b/);
  expect(binary.libraries.join(' ')).not.toContain('python');
});

test.runIf(existsSync(join(ROOT, 'prebuilds/manifest.json')))(
  'the manifest is of these sources and of these files',
  () => {
    const program = join(ROOT, 'scripts/prebuild.mjs');
    const { status, stdout } = spawnSync(process.execPath, [program, '--check'], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/\d+ binaries are of the sources that are here/);
    expect(status).toBe(0);
  },
);
