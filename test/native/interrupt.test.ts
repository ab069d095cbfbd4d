import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('programs/interrupts.mjs', import.meta.url));
const SETTLE = 150;

interface Ending {
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: string | null;
}

/** Sends SIGINT a moment after each `ready`. */
async function interrupt(name: string): Promise<Ending> {
  const child = spawn(process.execPath, [PROGRAM, name], { stdio: ['ignore', 'pipe', 2] });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    if (line === 'ready') setTimeout(() => child.kill('SIGINT'), SETTLE);
    else lines.push(line);
  }
  const [code, signal] = await ended;
  return { lines, code, signal };
}

describe('Ctrl-C while Python runs', () => {
  test('a host that listens: the call ends with KeyboardInterrupt, then its listener runs', async () => {
    const once = (count: number): string[] => ['KeyboardInterrupt', `heard ${String(count)}`];
    expect(await interrupt('listening')).toEqual({
      lines: [...once(1), ...once(2), ...once(3), '2'],
      code: 0,
      signal: null,
    });
  });

  test('through callbacks, and where Python handles it itself', async () => {
    expect(await interrupt('callback')).toMatchObject({
      lines: ['KeyboardInterrupt', 'heard 1'],
      code: 0,
    });
    expect(await interrupt('handled')).toMatchObject({ lines: ['handled', 'heard 1'], code: 0 });
  });

  test('outside of Python it is the listener’s alone, and no later call is interrupted', async () => {
    expect(await interrupt('outside')).toMatchObject({ lines: ['heard 1', '499500'], code: 0 });
  });

  test('a host that does not listen, or no longer, dies of the signal', async () => {
    expect(await interrupt('removed')).toEqual({ lines: [], code: null, signal: 'SIGINT' });
    expect(await interrupt('late')).toEqual({
      lines: ['KeyboardInterrupt'],
      code: null,
      signal: 'SIGINT',
    });
  });
});
