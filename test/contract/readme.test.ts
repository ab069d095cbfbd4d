// The documents' programs run as they stand, and print what stands below them.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const project = process.env['SNAKEPIT_TEST_PROJECT'] ?? join(root, 'test/fixtures/project');

interface Sample {
  readonly line: number;
  readonly code: string;
  readonly output: string;
}

/** Fenced blocks marked `js runnable`, each with the `text` block that follows. */
function samplesOf(document: string): Sample[] {
  const text = readFileSync(join(root, document), 'utf8');
  const blocks = /^```js runnable\n([\s\S]*?)^```\n\s*(?:^```text\n([\s\S]*?)^```)?/gm;
  return [...text.matchAll(blocks)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    code: match[1] ?? '',
    output: match[2] ?? '',
  }));
}

/** Inside the repository, so that `snakepit` means this package. */
function writeProgram(name: string, code: string): string {
  const folder = join(root, 'build', 'documents');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
}

async function run(file: string): Promise<string> {
  // The working directory is the user's project: that is how open() finds its Python.
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    cwd: project,
    timeout: 50_000,
  });
  return stdout;
}

it('the README names each member of py, and no other', async () => {
  const program = "import { open } from 'snakepit';\nconsole.log(Object.keys(open()).join());\n";
  const members = (await run(writeProgram('members.mjs', program))).trim().split(',');
  const table = /^What `py` has:\n\n([^]*?)\n\n/m.exec(
    readFileSync(join(root, 'README.md'), 'utf8'),
  );
  const cells = [...(table?.[1] ?? '').matchAll(/^\| (`.*?) \|/gm)].slice(1);
  const named = cells.flatMap((row) => [...(row[1] ?? '').matchAll(/`(\w+)/g)].map(([, n]) => n));
  expect(named.toSorted()).toEqual(members.toSorted());
});

describe.each([
  'README.md',
  ...['arrow', 'async', 'errors', 'inline', 'memory', 'payloads', 'routing', 'values'].map(
    (page) => `docs/${page}.md`,
  ),
])('%s', (document) => {
  const samples = samplesOf(document);

  it('has programs', () => {
    expect(samples.length).toBeGreaterThan(0);
    // A misspelt mark would hide a program from this test.
    const fences = readFileSync(join(root, document), 'utf8').match(/^```js.*$/gm);
    expect(fences).toEqual(samples.map(() => '```js runnable'));
  });

  it.each(samples)('the program at line $line', async ({ line, code, output }) => {
    const name = `${document.replaceAll(/\W/g, '-').toLowerCase()}-${String(line)}.mjs`;
    expect(await run(writeProgram(name, code))).toBe(output);
  });
});
