import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, test } from 'vitest';

const LIBRARIES = [
  'numpy',
  'scipy',
  'sympy',
  'pandas',
  'pyarrow',
  'polars',
  'onnxruntime',
  'pillow',
  'pydantic',
  'scikit-learn',
  'matplotlib',
  'standard-library',
];
const program = fileURLToPath(new URL('programs/one-process.mjs', import.meta.url));
const again = (names: readonly string[]): string[] => names.map((name) => `${name} again`);

interface Line {
  readonly name: string;
  readonly recorded?: { readonly openssl: string; readonly zlib: string } | null;
  readonly error?: string;
}

interface Ended {
  readonly lines: ReadonlyMap<string, Line>;
  readonly signal: string | null;
  readonly status: number;
  readonly stderr: string;
}

/** A child, so that a crash is a failed test and not a dead runner. */
function runAll(order: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { timeout: 240_000, killSignal: 'SIGKILL', maxBuffer: 1 << 26 } as const;
    const child = execFile(
      process.execPath,
      ['--expose-gc', program, ...order],
      options,
      (_, out, stderr) => {
        const lines = out
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as Line);
        resolve({
          lines: new Map(lines.map((line) => [line.name, line])),
          signal: child.signalCode,
          status: child.exitCode ?? -1,
          stderr,
        });
      },
    );
  });
}

/** What the interpreter says of itself where there is no Node around it. */
function standAlone(): Promise<string> {
  const project = process.env['SNAKEPIT_TEST_PROJECT'] ?? '';
  const file = `${project}/.snakepit/environment.json`;
  const { python } = JSON.parse(readFileSync(file, 'utf8')) as { python: { venv: string } };
  const code = 'import ssl, zlib; print(ssl.OPENSSL_VERSION + "|" + zlib.ZLIB_RUNTIME_VERSION)';
  return new Promise((resolve, reject) => {
    execFile(python.venv, ['-c', code], (error, out) => {
      if (error) reject(new Error(`${python.venv} did not run`, { cause: error }));
      else resolve(out.trim());
    });
  });
}

describe.each([
  ['in order', LIBRARIES],
  ['in reverse', [...LIBRARIES].reverse()],
])('one process, %s', (_, order) => {
  let ended: Ended;
  beforeAll(async () => {
    ended = await runAll(order);
  }, 300_000);

  test.each(['node before', ...order, 'node after', ...again(order)])('%s', (name) => {
    const line = ended.lines.get(name);
    expect(
      line,
      `the process ended before: ${ended.signal ?? ended.status}\n${ended.stderr}`,
    ).toBeDefined();
    expect(line?.error).toBeUndefined();
  });

  test('an allocator that was to be preloaded is there', () => {
    const wanted = process.env['LD_PRELOAD'] ? { name: 'preload' } : undefined;
    expect(ended.lines.get('preload')).toEqual(wanted);
  });

  test('the process ends by itself', () => {
    expect(ended.lines.has('end')).toBe(true);
    expect({ status: ended.status, signal: ended.signal }).toEqual({ status: 0, signal: null });
    expect(ended.stderr).toBe('');
  });

  test('OpenSSL and zlib are the interpreter’s, or Node’s', async () => {
    const found = ended.lines.get('standard-library')?.recorded;
    const [openssl = '', zlib = ''] = (await standAlone()).split('|');
    const node = process.versions;
    console.log(
      `OpenSSL: ${String(found?.openssl)} (Node ${node.openssl}, Python alone ${openssl}); ` +
        `zlib: ${String(found?.zlib)} (Node ${node.zlib}, Python alone ${zlib})`,
    );
    const nodes = `OpenSSL ${node.openssl.replace(/\+.*/, '')} `;
    expect(found?.openssl === openssl || found?.openssl.startsWith(nodes)).toBe(true);
    // Node's zlib is Chromium's, whose own version begins with that of the original.
    expect(found?.zlib === zlib || node.zlib.startsWith(found?.zlib ?? '?')).toBe(true);
  });
});
