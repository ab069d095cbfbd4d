import { expect, test } from 'vitest';

import { run, tail } from '../../../src/provision/command.ts';
import { redact } from '../../../src/provision/redact.ts';

const NODE = process.execPath;

test('run gives code, output and input', async () => {
  const program = 'process.stdin.pipe(process.stdout); console.error("e"); process.exitCode = 3';
  const options = { env: process.env, timeout: 20_000, input: 'in' };
  expect(await run(NODE, ['-e', program], options)).toEqual({
    code: 3,
    stdout: 'in',
    stderr: 'e\n',
  });
});

test('run does not throw for a program that is not there, hangs, or ends unread', async () => {
  const env = process.env;
  const missing = await run('/nonexistent/program', [], { env, timeout: 1000 });
  expect(missing).toMatchObject({
    code: null,
    stderr: expect.stringContaining('ENOENT') as string,
  });
  const hangs = await run(NODE, ['-e', 'setInterval(() => {}, 1000)'], { env, timeout: 300 });
  expect(hangs).toMatchObject({ code: null, stderr: '\nended by SIGKILL' });
  const input = 'x'.repeat(1 << 20);
  const unread = await run(NODE, ['-e', 'process.exit(0)'], { env, timeout: 20_000, input });
  expect(unread.code).toBe(0);
});

test.each([
  [
    'Failed to fetch: `https://me:pw@i.example:8443/simple/x/`',
    'Failed to fetch: `https://…/simple/x/`',
  ],
  ["HTTPSConnectionPool(host='i.example', port=443)", "HTTPSConnectionPool(host='…', port=443)"],
  ['file:///a/b.json', 'file:///a/b.json'],
])('redact(%j)', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test('tail keeps the last lines, indented', () => {
  expect(tail('a\nb\nc\n', 2)).toBe('  b\n  c');
});
