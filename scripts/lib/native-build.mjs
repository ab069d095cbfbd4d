import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';

import { at, readJson, root } from './root.mjs';
import { inSeconds, run } from './run.mjs';
import { buildStamp, hashOf } from './stamp.mjs';

const require = createRequire(import.meta.url);

/**
 * @typedef {object} Preset
 * @property {string} name
 * @property {string} binaryDir
 * @property {Record<string, string>} variables
 * @property {string} addon the file that the build makes
 */

/**
 * @typedef {object} RawPreset
 * @property {string} name
 * @property {string} [inherits]
 * @property {boolean} [hidden]
 * @property {string} [binaryDir]
 * @property {string} [toolchainFile]
 * @property {Record<string, string>} [cacheVariables]
 */

/** @returns {RawPreset[]} */
const rawPresets = () => readJson(at('CMakePresets.json')).configurePresets;

/** @returns {string[]} */
export const presetNames = () =>
  rawPresets()
    .filter(({ hidden }) => !hidden)
    .map(({ name }) => name);

/**
 * A preset of CMakePresets.json, inheritance and macros resolved: cmake-js knows no presets, and
 * the settings shall stand in one place.
 * @param {string} name
 * @returns {Preset}
 */
export function readPreset(name) {
  const all = rawPresets();
  const own = all.find((preset) => preset.name === name && !preset.hidden);
  if (!own) throw new Error(`No preset "${name}". There are: ${presetNames().join(', ')}.`);
  const base = all.find((preset) => preset.name === own.inherits);
  /** @param {string} text */
  const expand = (text) => text.replaceAll('${sourceDir}', root).replaceAll('${presetName}', name);
  const toolchain = own.toolchainFile ?? base?.toolchainFile;
  /** @type {Record<string, string>} */
  const variables = {
    ...base?.cacheVariables,
    ...own.cacheVariables,
    ...(toolchain ? { CMAKE_TOOLCHAIN_FILE: toolchain } : {}),
  };
  for (const [key, value] of Object.entries(variables)) variables[key] = expand(value);
  return {
    name,
    binaryDir: expand(own.binaryDir ?? base?.binaryDir ?? '${sourceDir}/build/cmake/${presetName}'),
    variables,
    addon: `${variables['SNAKEPIT_OUTPUT_DIR']}/snakepit.node`,
  };
}

/**
 * What the binary depends on.
 * @param {Preset} preset
 */
export function nativeInputs(preset) {
  const headers = ['node-api-headers', 'node-addon-api'].map((name) => {
    const path = at('node_modules', name, 'package.json');
    return existsSync(path) ? `${name}@${readJson(path).version}` : name;
  });
  const { SNAKEPIT_ZIG: _, ...variables } = preset.variables;
  const compiler = preset.name.startsWith('zig-') ? [at('scripts', 'zig-requirements.txt')] : [];
  return hashOf(
    [at('src-native'), at('third_party'), at('CMakeLists.txt'), at('cmake'), ...compiler],
    [...headers, JSON.stringify(variables).replaceAll(root, '')],
  );
}

/** @returns {string} */
function cmakeJs() {
  try {
    return require.resolve('cmake-js/bin/cmake-js');
  } catch {
    throw new Error(
      'This compile needs three development packages: npm install --save-dev cmake-js ' +
        'node-api-headers node-addon-api',
    );
  }
}

const NO_TOOLCHAIN =
  'The native half of snakepit has to be compiled on this machine, and the tools for that are ' +
  'missing.\nInstall CMake >= 3.21 and a C++17 compiler (Debian: apt-get install cmake g++; ' +
  'macOS: xcode-select --install && brew install cmake), then run: npm run build';

/**
 * @param {string} output
 */
const explain = (output) =>
  /toolset is not available|CMake (executable )?is not (found|installed)|No CMAKE_CXX_COMPILER/.test(
    output,
  )
    ? `${NO_TOOLCHAIN}\n\nWhat the build said:\n${output.slice(-2000)}`
    : `The native build failed:\n${output.slice(-12000)}`;

/**
 * Compiles the addon by cmake-js, unless the sources are those of the last good build.
 * @param {string} name a preset
 * @param {{ force?: boolean, show?: boolean }} [options]
 * @returns {Promise<{ addon: string, note: string }>}
 */
export async function buildNative(name, { force = false, show = false } = {}) {
  const preset = readPreset(name);
  const stamp = buildStamp(`native-${name}`);
  const wanted = nativeInputs(preset);
  if (!force && stamp.matches(wanted) && existsSync(preset.addon)) {
    return { addon: preset.addon, note: 'unchanged' };
  }
  if (!existsSync(at('src-native', 'sources.txt'))) {
    throw new Error('src-native/sources.txt is missing: this is no complete copy of snakepit.');
  }
  if (name.startsWith('zig-')) {
    const { zigProgram } = await import('./python-tools.mjs');
    preset.variables['SNAKEPIT_ZIG'] = await zigProgram();
  }
  stamp.clear();
  const shared = [
    '--log-level=warn',
    `--directory=${root}`,
    `--out=${preset.binaryDir}`,
    `--config=${preset.variables['CMAKE_BUILD_TYPE']}`,
    `--parallel=${availableParallelism()}`,
    `--CDNODE_EXECUTABLE=${process.execPath}`,
    ...Object.entries(preset.variables).map(([key, value]) => `--CD${key}=${value}`),
  ];
  let seconds = 0;
  // Both, each time: cmake-js by itself configures only when there is no cache yet.
  for (const command of ['configure', 'build']) {
    const done = await run(process.execPath, [cmakeJs(), command, ...shared], { show });
    seconds += done.seconds;
    if (done.status !== 0) throw new Error(explain(done.output));
    if (done.output.includes('warning:') && !show) process.stderr.write(done.output);
  }
  stamp.write(wanted);
  return { addon: preset.addon, note: `compiled in ${inSeconds(seconds)}` };
}
