import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';

import { buildNative, readPreset } from './native-build.mjs';
import { toolsVenv } from './python-tools.mjs';
import { at } from './root.mjs';
import { run } from './run.mjs';
import { buildStamp, filesBelow, hashOf } from './stamp.mjs';

/**
 * clang-tidy over the C++ half, several files at a time. A file that was clean is not looked at
 * again until it, a header or the rules change: it costs seconds a file.
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function clangTidy() {
  const bin = await toolsVenv('tools');
  // It reads the compile commands of a build. The debug preset has -Werror, so that the
  // compiler's own warnings fail here too.
  await buildNative('debug');
  const build = readPreset('debug').binaryDir;
  const all = filesBelow([at('src-native')]);
  const rules = [at('.clang-tidy'), at('CMakeLists.txt'), at('scripts', 'tools-requirements.txt')];
  const shared = hashOf([...all.filter((path) => !path.endsWith('.cc')), ...rules]);
  const queue = all.filter((path) => path.endsWith('.cc'));
  /** @type {string[]} */
  const complaints = [];

  async function worker() {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const stamp = buildStamp(`clang-tidy-${basename(file)}`);
      const wanted = hashOf([file], [shared]);
      if (stamp.matches(wanted)) continue;
      const { status, output } = await run(join(bin, 'clang-tidy'), ['--quiet', '-p', build, file]);
      if (status === 0) stamp.write(wanted);
      else complaints.push(output);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return { ok: complaints.length === 0, output: complaints.join('\n') };
}
