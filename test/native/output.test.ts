import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('programs/output.mjs', import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(what: string): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, what], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 50_000,
  });
  return { status, stdout, stderr };
}

/** Both streams into one file: their order is that of the writes. */
function runIntoFile(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'snakepit-'));
  try {
    const file = openSync(join(folder, 'out'), 'a');
    spawnSync(process.execPath, [program, what], { stdio: ['ignore', file, file] });
    closeSync(file);
    return readFileSync(join(folder, 'out'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('what Python prints', () => {
  const ordered = Array.from(
    { length: 300 },
    (_, i) => `python ${String(i)}\nnode ${String(i)}\npart ${String(i)} whole\n`,
  ).join('');

  test('is in order with console.log, on a pipe and in a file', () => {
    expect(run('order')).toEqual({ status: 0, stdout: ordered, stderr: '' });
    expect(runIntoFile('order')).toBe(ordered);
  });

  test('is in order between both streams', () => {
    expect(runIntoFile('bothStreams')).toBe('abc\nde\n');
  });

  test('is there before JavaScript is called back', () => {
    expect(run('callbacks').stdout).toBe('ab undefined\ncb 1\n');
  });

  test('is there before the call ends, also when that throws', () => {
    expect(run('failing').stdout).toBe('beforeValueError\n');
  });

  test('may be bytes, cut within a character, and no text at all', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [program, 'bytes']);
    expect(stdout).toEqual(Buffer.from('žlu\xff\n'.replace('ž', '\xc5\xbe'), 'latin1'));
    expect(stderr.toString()).toBe('\\ud800 is escaped\n');
  });

  test('waits for a slow reader and is whole at the end', async () => {
    const child = spawn(process.execPath, [program, 'huge'], { stdio: ['ignore', 'pipe', 2] });
    let bytes = 0;
    let tail = '';
    await new Promise((resolve) => setTimeout(resolve, 500));
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      tail = chunk.toString('latin1').slice(-2);
    }
    const lines = Array.from({ length: 200_000 }, (_, i) => String(i).length + 42);
    expect(bytes).toBe(lines.reduce((sum, one) => sum + one, 0) + 5_000_001);
    expect(tail).toBe('y\n');
  });

  test('comes from threads of Python too, before the call ends and later', () => {
    const { status, stdout, stderr } = run('threads');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines.slice(-4)).toEqual(['joined', 'node', 'later', 'end']);
    const printed = lines.slice(0, -4);
    expect(printed).toHaveLength(400);
    expect(printed.filter((line) => /^thread \d line \d+$/.test(line))).toHaveLength(400);
    const third = printed.filter((line) => line.startsWith('thread 2'));
    expect(third.at(0)).toBe('thread 2 line 0');
    expect(third.at(-1)).toBe('thread 2 line 99');
  });

  test('goes to the stream of the worker_thread that called', () => {
    expect(run('worker')).toEqual({
      status: 0,
      stdout: 'main\n"from the worker\\npart"\n',
      stderr: '',
    });
  });

  test('goes where process.stdout.write leads, a line at a time; that may throw', () => {
    expect(run('intercepted').stdout).toBe('["one two 3.141592653589793\\n"]\n');
  });

  test('harms nobody when the reader is gone', async () => {
    const child = spawn(process.execPath, [program, 'broken'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect({ status, text }).toEqual({ status: 0, text: 'alive\n' });
  });

  test('of a fork is written by the fork', () => {
    expect(run('fork').stdout).toBe('from the fork\nfrom the parent\n');
  });

  test('goes to what looks like any stream of Python', () => {
    const { stdout, stderr } = run('looksLikeStreams');
    expect(stdout).toBe(
      '<stdout> utf-8 1 False True False False 1\nclosed is open\nfrom a child\n',
    );
    expect(stderr).toBe('WARNING:root:logged\n');
  });
});
