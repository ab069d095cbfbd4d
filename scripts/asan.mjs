#!/usr/bin/env node
// Tests or programs on an addon built with AddressSanitizer (or ThreadSanitizer), inside plain
// Node: `npm run test:asan [-- files]`, `-- --program file.mjs`, `-- --sanitizer thread`.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildNative } from './lib/native-build.mjs';
import { at } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { filesBelow } from './lib/stamp.mjs';
import { countLine, noCounts, sum, vitest } from './lib/vitest.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sanitizer: { type: 'string', default: 'address' },
    program: { type: 'string', multiple: true, default: [] },
  },
});

const SANITIZERS = {
  address: { preset: 'asan', library: 'libasan.so', variable: 'ASAN_OPTIONS' },
  thread: { preset: 'tsan', library: 'libtsan.so', variable: 'TSAN_OPTIONS' },
};

/** What each needs to be told of a process of which only the addon is instrumented. */
const SETTINGS = {
  address: [
    'halt_on_error=1',
    // V8 and CPython keep memory until the end on purpose.
    'detect_leaks=0',
    // Node handles SIGSEGV itself, for WebAssembly.
    'allow_user_segv_handler=1',
    // The tests watch the resident size; freed memory kept for later must stay small beside it.
    'quarantine_size_mb=64',
    // NumPy asks for what nobody has, and raises MemoryError.
    'allocator_may_return_null=1',
  ],
  thread: [
    'halt_on_error=0',
    // Node's and CPython's own synchronisation is not seen, so their accesses would be false alarms.
    'ignore_noninstrumented_modules=1',
    'ignore_interceptors_accesses=1',
    'report_mutex_bugs=0',
  ],
};
const chosen = SANITIZERS[/** @type {keyof typeof SANITIZERS} */ (values.sanitizer)];
if (!chosen) {
  console.error(`--sanitizer is ${Object.keys(SANITIZERS).join(' or ')}.`);
  process.exit(2);
}

/** The run-time library must be the compiler's own, and first in the process. */
async function preload() {
  const found = [];
  for (const name of [chosen.library, 'libstdc++.so']) {
    const { output } = await run('g++', [`-print-file-name=${name}`]);
    if (!isAbsolute(output.trim())) {
      throw new Error(`g++ has no ${name}. Install it (Debian: apt-get install g++).`);
    }
    found.push(output.trim());
  }
  return found.join(':');
}

/**
 * @param {string} addon
 * @param {string} reports a folder: reports on stderr would be lost with a dying test process
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function environment(addon, reports) {
  const settings = SETTINGS[/** @type {keyof typeof SANITIZERS} */ (values.sanitizer)];
  const log = `log_path=${join(reports, 'report')}`;
  return {
    LD_PRELOAD: await preload(),
    [chosen.variable]: [log, ...settings].join(':'),
    UBSAN_OPTIONS: `${log}:halt_on_error=1:print_stacktrace=1`,
    // Python's own pools would hide a use after free of its objects.
    PYTHONMALLOC: 'malloc',
    SNAKEPIT_ADDON: addon,
    SNAKEPIT_SANITIZER: values.sanitizer,
  };
}

try {
  const setup = await run(
    process.execPath,
    [at('scripts', 'setup.mjs'), '--sync', 'test/fixtures/project'],
    { show: true },
  );
  if (setup.status !== 0) process.exit(1);
  const { addon, note } = await buildNative(chosen.preset);
  console.log(`${chosen.preset}: ${note}`);
  const reports = at('build', chosen.preset, 'reports');
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const env = await environment(addon, reports);

  const counts = [noCounts()];
  for (const program of values.program) {
    const { status } = await run(process.execPath, ['--expose-gc', program], { env, show: true });
    console.log(`${program}: exit ${status}`);
    counts.push({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 });
  }
  if (values.program.length === 0) {
    const files = positionals.length > 0 ? positionals : ['test/native/', 'test/memory/'];
    counts.push(
      await vitest(['--project=main', '--testTimeout=300000', ...files], { env, show: true }),
    );
  }
  const written = filesBelow([reports])
    .map((report) => readFileSync(report, 'utf8'))
    // A test asks for more memory than there is, on purpose; ASan says so, and returns null.
    .filter((text) => !/^==\d+==WARNING: AddressSanitizer failed to allocate .*\n$/.test(text));
  for (const text of written) console.log(text);
  console.log(`${written.length} sanitizer reports`);
  const total = sum(counts);
  total.failed += written.length;
  if (total.passed + total.failed === 0) total.failed = 1;
  console.log(countLine(total));
  process.exitCode = total.failed === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
