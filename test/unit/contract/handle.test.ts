import fc from 'fast-check';
import { expect, test } from 'vitest';

import { formatRef, isRemoteRef, parseRef } from '../../../src/contract/handle.ts';

test('a handle survives its text, whatever the session is called', () => {
  const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const handle = fc.record({
    worker: fc.stringMatching(/^[\w-]+$/),
    generation: count,
    n: count,
    session: fc.string({ unit: 'binary' }),
  });
  fc.assert(
    fc.property(handle, (given) => {
      expect(parseRef(formatRef(given))).toEqual(given);
    }),
  );
});

test.each(['', 'w', 'w.1', 'w.1.2@', 'w.1.x', 'w.-1.2', 'w.01.2', '.1.2', 'w.1.99999999999999999'])(
  '%j is no handle',
  (text) => {
    expect(parseRef(text)).toBeNull();
  },
);

test('in arguments a handle is an object with $ref and nothing else', () => {
  expect(isRemoteRef({ $ref: 'w.1.2' })).toBe(true);
  for (const value of [{ $ref: 1 }, { $ref: 'w.1.2', more: 1 }, {}, null, 'w.1.2', ['$ref']]) {
    expect(isRemoteRef(value)).toBe(false);
  }
});
