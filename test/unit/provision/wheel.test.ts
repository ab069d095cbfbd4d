import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readZipEntry } from '../../../src/provision/wheel.ts';
import { temporary } from './support.ts';

function archive(program: string): Buffer {
  const path = join(temporary(), 'a.zip');
  execFileSync('python3', [
    '-c',
    `import zipfile, sys\nz = zipfile.ZipFile(sys.argv[1], 'w')\n${program}\nz.close()`,
    path,
  ]);
  return readFileSync(path);
}

test('reads stored and deflated entries that Python wrote, and only what is there', () => {
  const zip = archive(`
z.writestr('first', 'a' * 100000, zipfile.ZIP_DEFLATED)
z.writestr('pkg.data/scripts/uv', bytes(range(256)) * 500, zipfile.ZIP_DEFLATED)
z.writestr('stored', 'plain', zipfile.ZIP_STORED)
z.comment = b'a comment behind the end record'`);
  const uv = Buffer.concat(Array.from({ length: 500 }, () => Uint8Array.from(Array(256).keys())));
  expect(readZipEntry(zip, 'pkg.data/scripts/uv')?.equals(uv)).toBe(true);
  expect(readZipEntry(zip, 'stored')?.toString()).toBe('plain');
  expect(readZipEntry(zip, 'first')?.length).toBe(100_000);
  expect(readZipEntry(zip, 'missing')).toBeUndefined();
});

test('says undefined, not a crash, to what is no zip', () => {
  expect(readZipEntry(Buffer.from('<html>not found</html>'), 'x')).toBeUndefined();
  expect(readZipEntry(Buffer.alloc(0), 'x')).toBeUndefined();
});

test('an unknown compression is not read', () => {
  const zip = archive(`z.writestr('x', 'abc' * 100, zipfile.ZIP_BZIP2)`);
  expect(readZipEntry(zip, 'x')).toBeUndefined();
});
