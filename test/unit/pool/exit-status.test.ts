import { describe, expect, test } from 'vitest';

import { causeOfDeath, type Evidence, exitStatusOf } from '../../../src/pool/exit-status.ts';
import { parseFatalDump } from '../../../src/pool/fatal-dump.ts';
import { random } from './world.ts';

const nothing: Evidence = {
  exit: null,
  killed: null,
  dump: { fatal: null, stack: [] },
  oomKills: false,
  memoryLimit: null,
  output: '',
};
const signal = (name: string) => ({ code: null, signal: name });
const code = (number: number) => ({ code: number, signal: null });

describe('the cause of a death', () => {
  test.each([
    ['a signal', { exit: signal('SIGSEGV') }, 'signal', 'SIGSEGV', null],
    ['exit 0 is a crash', { exit: code(0) }, 'exit', null, 0],
    ['exit 3', { exit: code(3) }, 'exit', null, 3],
    ['SIGKILL by somebody', { exit: signal('SIGKILL') }, 'signal', 'SIGKILL', null],
    ['by the kernel', { exit: signal('SIGKILL'), oomKills: true }, 'oom', 'SIGKILL', null],
    [
      'SIGSEGV, and others were killed',
      { exit: signal('SIGSEGV'), oomKills: true },
      'signal',
      'SIGSEGV',
      null,
    ],
    [
      'bad_alloc under a limit',
      { exit: signal('SIGABRT'), memoryLimit: 1, output: 'std::bad_alloc' },
      'oom',
      'SIGABRT',
      null,
    ],
    [
      'bad_alloc without one',
      { exit: signal('SIGABRT'), output: 'std::bad_alloc' },
      'signal',
      'SIGABRT',
      null,
    ],
    ['a hang that we killed', { exit: signal('SIGKILL'), killed: 'hang' }, 'hang', 'SIGKILL', null],
    [
      'a hang that crashed before',
      { exit: signal('SIGSEGV'), killed: 'hang' },
      'signal',
      'SIGSEGV',
      null,
    ],
    ['frozen', { exit: signal('SIGKILL'), killed: 'heartbeat' }, 'heartbeat', 'SIGKILL', null],
    [
      'our kill explains the kernel’s count',
      { exit: signal('SIGKILL'), killed: 'hang', oomKills: true },
      'hang',
      'SIGKILL',
      null,
    ],
    ['a closed channel alone', {}, 'protocol', null, null],
  ] as const)('%s', (_, evidence, reason, name, exitCode) => {
    const cause = causeOfDeath({ ...nothing, ...evidence });
    expect(cause).toMatchObject({ reason, signal: name, exitCode });
    expect(cause.text).not.toBe('');
  });

  test('a status of waitpid', () => {
    expect(exitStatusOf(-6)).toEqual(signal('SIGABRT'));
    expect(exitStatusOf(-11)).toEqual(signal('SIGSEGV'));
    expect(exitStatusOf(-60)).toEqual(signal('signal 60'));
    expect(exitStatusOf(7)).toEqual(code(7));
  });
});

const CRASH = `Fatal Python error: Segmentation fault

Current thread 0x00007f0c6b1a7740 (most recent call first):
  File "/usr/lib/ctypes/__init__.py", line 519 in string_at
  File "/home/gr\\xfc\\xdfe/\\u4e2d.py", line 3 in inner
  File "/opt/snakepit/python/snakepit/dispatch.py", line 7 in run

Thread 0x00007f0c5b1a7740 (most recent call first):
  File "/usr/lib/threading.py", line 1 in wait

Extension modules: numpy._core._multiarray_umath (total: 1)
`;

describe('faulthandler’s dump', () => {
  test('a crash: the reason, and the frames of its thread, outermost first', () => {
    const dump = parseFatalDump(CRASH, '/opt/snakepit/python/snakepit/');
    expect(dump.fatal).toBe('Segmentation fault');
    expect(dump.stack.map(({ file, line }) => [file, line])).toEqual([
      ['/home/grüße/中.py', 3],
      ['/usr/lib/ctypes/__init__.py', 519],
    ]);
  });

  test('a question to a live worker is answered for its main thread, the last', () => {
    const text =
      'Thread 0x1 (most recent call first):\n  File "beat.py", line 1 in beat\n\n' +
      'Current thread 0x2 [main] (most recent call first):\n  File "a.py", line 9 in spin\n';
    const { fatal, stack } = parseFatalDump(text);
    expect(fatal).toBeNull();
    expect(stack).toMatchObject([{ file: 'a.py', line: 9, function: 'spin' }]);
  });

  test('Python 3.14 adds a stack of C, which is not Python’s', () => {
    const more = `${CRASH}\nCurrent thread's C stack trace (most recent call first):\n  Binary file "x", at y\n`;
    expect(parseFatalDump(more).stack).toHaveLength(3);
  });

  test('a question before a crash is not taken for it', () => {
    const text = `Current thread 0x1 (most recent call first):\n  File "old.py", line 1 in old\n${CRASH}`;
    expect(parseFatalDump(text).stack.some(({ file }) => file === 'old.py')).toBe(false);
  });

  test('whatever a worker writes there, the answer is well-formed', () => {
    const chance = random(3);
    for (let i = 0; i < 2000; i++) {
      const at = Math.floor(chance() * CRASH.length);
      const noise = String.fromCodePoint(Math.floor(chance() * 0x10ffff) % 0xd800);
      const text = CRASH.slice(0, at) + noise + CRASH.slice(at + Math.floor(chance() * 20));
      for (const { file, line } of parseFatalDump(text).stack) {
        expect(typeof file).toBe('string');
        expect(line).toBeGreaterThanOrEqual(0);
      }
    }
    expect(parseFatalDump('').stack).toEqual([]);
    expect(
      parseFatalDump('Current thread 0x1:\n  File "\\Uffffffff", line ??? in f').stack,
    ).toHaveLength(1);
  });
});
