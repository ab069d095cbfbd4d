import { describe, expect, test } from 'vitest';

import { errors } from '../../src/errors/python-errors.ts';
import { py } from './open.ts';

const { print } = py.builtins;

describe('capture', () => {
  test('gives the value and both streams, as text', () => {
    const result = py.capture(() => {
      print('žluť', 1);
      py.exec('import sys; print("e", end="", file=sys.stderr); sys.stdout.buffer.write(b"\\xff")');
      return 7;
    });
    expect(result).toEqual({ value: 7, stdout: 'žluť 1\n\ufffd', stderr: 'e' });
  });

  test('nests, and hears threads', () => {
    const outer = py.capture(() => {
      print('before');
      const inner = py.capture(() => {
        py.exec(
          'import threading\nt = threading.Thread(target=print, args=("thread",))\nt.start(); t.join()',
        );
      });
      print('after');
      return inner.stdout;
    });
    expect(outer).toEqual({ value: 'thread\n', stdout: 'before\nafter\n', stderr: '' });
  });

  test('when the body throws, what it printed goes on its way', () => {
    const outer = py.capture(() => {
      expect(() => py.capture(() => [print('why'), py.builtins.int('x')])).toThrow(
        errors.ValueError,
      );
    });
    expect(outer.stdout).toBe('why\n');
    expect(py.is(py.import('sys').stdout, py.import('sys').__stdout__)).toBe(true);
  });

  test('large output is whole', () => {
    const { stdout } = py.capture(() => print('x'.repeat(10_000_000)));
    expect(stdout).toHaveLength(10_000_001);
  });

  test('takes a synchronous function', () => {
    expect(() => py.capture(5 as never)).toThrow(/py\.capture\(body\) takes a function; got 5/);
    expect(() => py.capture(() => Promise.reject(new Error('x')))).toThrow(/synchronous function/);
  });
});
