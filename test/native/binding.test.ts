import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { CAPABILITIES } from '../../src/in-process/capabilities.ts';
import { JS_KINDS } from '../../src/in-process/js-kinds.ts';
import { idOf } from '../../src/in-process/own.ts';
import type { HandleId } from '../../src/native/binding.ts';
import { loadBinding } from '../../src/native/load.ts';
import { py } from './open.ts';

const binding = loadBinding();
const builtins = py.import('builtins');

/** The members of an interface, by its text: types are gone at run time. */
function membersOf(file: string): string[] {
  const text = readFileSync(new URL(`../../src/native/${file}`, import.meta.url), 'utf8');
  const body = /export interface (?:\w*)Binding\s[^{]*\{([\s\S]*?)\n\}/.exec(text)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name ?? '');
}

describe('the raw surface', () => {
  test('is what binding.ts and its parts say', () => {
    const files = [
      'binding.ts',
      'js-binding.ts',
      'tensor-binding.ts',
      'arrow-binding.ts',
      'process-binding.ts',
      'channel-binding.ts',
      'async-binding.ts',
      'shared-binding.ts',
    ];
    const typed = files.flatMap(membersOf);
    expect(Object.keys(binding).sort()).toEqual(typed.sort());
  });

  test('has the capabilities of capabilities.ts', () => {
    expect(binding.typeFlags()).toEqual(CAPABILITIES);
  });

  test('has the kinds of js-kinds.ts', () => {
    expect(binding.jsKinds()).toEqual(JS_KINDS);
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 53, 12345678, 'x', null, {}])(
    'refuses %s as a handle',
    (id) => {
      expect(() => binding.call(id as number)).toThrow(/disposed/);
      expect(() => binding.getAttr(id as number, 'x')).toThrow(/disposed/);
      expect(binding.dispose(id as number)).toBe(false);
    },
  );

  test('an id does not come back for another object', () => {
    const seen = new Set<HandleId>();
    for (let i = 0; i < 1000; i++) {
      const id = idOf(builtins.list([])) as HandleId;
      expect(seen.has(id)).toBe(false);
      seen.add(id);
      binding.dispose(id);
    }
  });
});

describe('ownership', () => {
  const { Witness, alive } = py.exec(
    'import weakref\nlive = weakref.WeakSet()\nclass Witness:\n' +
      '  def __init__(self): live.add(self)\n' +
      'def alive(): return len(live)',
    { out: ['Witness', 'alive'] },
  );

  test('a synchronous loop keeps few objects alive', () => {
    const before = binding.liveHandles();
    let most = 0;
    for (let i = 0; i < 600_000; i++) {
      Witness();
      if (i % 1000 === 0) most = Math.max(most, binding.liveHandles() - before);
    }
    // What fits into V8's young generation between two collections.
    expect(most).toBeLessThan(200_000);
    expect(alive()).toBeLessThan(200_000);
  });

  test('what is held survives collections, and is the same afterwards', () => {
    const kept = Array.from({ length: 100 }, () => Witness());
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.();
      for (let k = 0; k < 1000; k++) Witness();
    }
    expect(kept.every((one) => py.isinstance(one, Witness))).toBe(true);
  });

  test('an idle event loop lets go, without any call', async () => {
    py.scope(() => null);
    (() => {
      for (let i = 0; i < 100; i++) Witness();
    })();
    for (let i = 0; i < 50; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(alive()).toBeLessThan(20);
  });

  test('no reference is lost or gained by passing an object around', () => {
    const sys = py.import('sys');
    const object = builtins.object();
    const before = sys.getrefcount(object);
    for (let i = 0; i < 1000; i++) {
      builtins.id(object);
      builtins.isinstance(object, builtins.object);
      try {
        builtins.len(object);
      } catch {
        // It has none.
      }
    }
    expect(sys.getrefcount(object)).toBe(before);
  });

  test('an exception keeps no frame alive', () => {
    const { fail } = py.exec(
      'def fail(W):\n  local = W()\n  try:\n    raise KeyError(1)\n' +
        '  except KeyError:\n    raise ValueError("x")',
      { out: ['fail'] },
    );
    const before = alive();
    let caught: any;
    try {
      fail(Witness);
    } catch (error) {
      caught = error;
    }
    expect(alive()).toBeLessThanOrEqual(before);
    expect(caught.cause.type).toBe('KeyError');
    expect(caught.frames.at(-1).function).toBe('fail');
    expect(caught.cause.frames.at(-1).line).toBe(4);
  });
});
