import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { loadBinding, packageRoot } from '../../src/native/load.ts';
import { SLOT_BYTES, StatusSlot } from '../../src/pool/status-page.ts';
import { locate } from '../../src/provision/locate.ts';

const binding = loadBinding();
const python = locate(process.env['SNAKEPIT_TEST_PROJECT']).executable;
const opened: number[] = [];

function pair(of: [number, number] | number): [number, number] {
  if (typeof of === 'number') throw new Error(`errno ${-of}`);
  opened.push(...of);
  return of;
}

function memory(bytes: number): number {
  const descriptor = binding.makeMemory(bytes);
  opened.push(descriptor);
  return descriptor;
}

function map(descriptor: number, bytes: number): ArrayBuffer {
  const buffer = binding.mapMemory(descriptor, bytes);
  if (typeof buffer === 'number') throw new Error(`errno ${-buffer}`);
  return buffer;
}

/** Runs Python with these descriptors as 3, 4, …; gives what it printed. */
async function runPython(code: string, descriptors: number[], args: string[] = []) {
  const child = spawn(python, ['-c', code, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', ...descriptors],
  });
  let out = '';
  child.stdout?.on('data', (part: Buffer) => (out += part.toString()));
  const [status] = await once(child, 'close');
  expect(status).toBe(0);
  return out.trim();
}

afterAll(() => opened.forEach((descriptor) => closeSync(descriptor)));

describe('pipes', () => {
  test('the host’s reading end does not block, the writing end does', async () => {
    const [read, write] = pair(binding.makePipe(0));
    expect(() => readSync(read, Buffer.alloc(1))).toThrow(/EAGAIN/);
    writeSync(write, 'x');
    expect(readSync(read, Buffer.alloc(9))).toBe(1);
    const answer = await runPython('import os; print(os.get_blocking(3))', [write]);
    expect(answer).toBe('True');
  });

  test('a child does not inherit what it was not given', async () => {
    const [read] = pair(binding.makePipe(0));
    const code = 'import os, sys\ntry: os.fstat(int(sys.argv[1]))\nexcept OSError: print("closed")';
    expect(await runPython(code, [], [String(read)])).toBe('closed');
  });
});

describe('nameless memory', () => {
  test('is shared with a child and outlives it', async () => {
    const descriptor = memory(4096);
    const slot = new StatusSlot(map(descriptor, 4096), 1);
    slot.cancel(7);
    const code =
      'import mmap, struct\nm = mmap.mmap(3, 4096)\n' +
      'assert struct.unpack_from("<Q", m, 256 + 32) == (7,)\n' +
      'struct.pack_into("<4Q", m, 256, 41, 42, 43, 44)';
    await runPython(code, [descriptor]);
    const words = ['started', 'current', 'nativeBeat', 'gilBeat', 'cancel'] as const;
    expect(words.map((word) => slot.read(word))).toEqual([41, 42, 43, 44, 7]);
    slot.clear();
    expect(words.map((word) => slot.read(word))).toEqual([0, 0, 0, 0, 0]);
  });

  test('neither grows nor shrinks, whoever asks', () => {
    const descriptor = memory(4096);
    expect(() => ftruncateSync(descriptor, 1)).toThrow(/EPERM/);
    expect(() => ftruncateSync(descriptor, 8192)).toThrow(/EPERM/);
    expect(fstatSync(descriptor).size).toBe(4096);
  });

  test('a mapping lives on when the descriptor is closed', () => {
    const descriptor = binding.makeMemory(4096);
    const words = new Uint8Array(map(descriptor, 4096));
    closeSync(descriptor);
    words[4095] = 1;
    expect(words.length).toBe(4096);
  });

  test('refusals are a negative errno', () => {
    expect(binding.mapMemory(-1, 4096)).toBe(-9);
    expect(binding.makeMemory(-1)).toBeLessThan(0);
    expect(binding.sendDescriptors(-1, 'x', [])).toBe(-9);
  });
});

describe('between processes', () => {
  test('descriptors travel over a socket', async () => {
    const [host, child] = pair(binding.makeSocketPair());
    const [read, write] = pair(binding.makePipe(0));
    expect(binding.sendDescriptors(host, 'take', [write, write])).toBe(4);
    const code =
      'import os, socket\ns = socket.socket(fileno=3)\n' +
      'text, fds, _, _ = socket.recv_fds(s, 100, 9)\nos.write(fds[1], text)\nprint(len(fds))';
    expect(await runPython(code, [child])).toBe('2');
    const buffer = Buffer.alloc(9);
    expect(buffer.toString('utf8', 0, readSync(read, buffer))).toBe('take');
  });

  test('a full socket says so instead of waiting', () => {
    const [host] = pair(binding.makeSocketPair());
    const text = 'x'.repeat(60_000);
    let answer = 1;
    for (let i = 0; i < 1000 && answer > 0; i++) answer = binding.sendDescriptors(host, text, []);
    expect(answer).toBe(-11);
  });

  test.runIf(process.platform === 'linux')('a process handle outlives its process', async () => {
    const child = spawn(python, ['-c', 'input()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const handle = binding.openProcess(child.pid ?? 0);
    opened.push(handle);
    expect(binding.signalProcess(handle, 9)).toBe(0);
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    expect(binding.signalProcess(handle, 9)).toBe(-3);
  });

  test('the addon gives a worker a heartbeat without Python’s lock', async () => {
    const descriptor = memory(SLOT_BYTES);
    const addon = process.env['SNAKEPIT_ADDON'] ?? join(packageRoot, 'build/Release/snakepit.node');
    const code =
      'import ctypes, mmap, os, sys\n' +
      'page = mmap.mmap(3, 256)\n' +
      'beat = ctypes.CDLL(sys.argv[1], mode=os.RTLD_LAZY).snakepit_beat\n' +
      'assert beat(3, ctypes.c_uint64(16), 1) == 0\n' +
      // PyDLL keeps the GIL: no thread of Python could count meanwhile.
      'ctypes.PyDLL(None).usleep(100000)\n' +
      'print(int.from_bytes(page[16:24], "little"))';
    const beats = Number(await runPython(code, [descriptor], [addon]));
    expect(beats).toBeGreaterThan(5);
  });
});
