import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { ProtocolError } from '../../../src/errors/worker-errors.ts';
import { Connection } from '../../../src/wire/connection.ts';
import { decodeMessage } from '../../../src/wire/decode-message.ts';
import { random } from './random.ts';

/** Issue 7 asks for a million; a hundred thousand here and now, the rest by SNAKEPIT_FRAMES. */
const FRAMES = Number(process.env['SNAKEPIT_FRAMES'] ?? 100_000);

const folder = new URL('../../fixtures/frames/', import.meta.url);
const golden = readdirSync(folder)
  .filter((name) => name.startsWith('to-host-'))
  .map((name) =>
    Buffer.from(readFileSync(new URL(name, folder), 'utf8').replace(/#.*|\s/g, ''), 'hex'),
  )
  .map((frame) => frame.subarray(4));

type Next = (below: number) => number;

// Codes of marshal, so that mutations are often nearly right.
const CODES = Buffer.from('0NFT.ilgsutaAzZ()[{<>rcxyk');

function mutate(frame: Buffer, next: Next): Buffer {
  const made = Buffer.from(frame);
  for (let i = next(6); i >= 0; i--) {
    const at = next(made.length);
    const kind = next(4);
    if (kind === 0) made[at] = next(256);
    else if (kind === 1) made[at] = (CODES[next(CODES.length)] ?? 0) | (next(4) === 0 ? 0x80 : 0);
    else if (kind === 2) made.copyWithin(at, next(made.length), next(made.length));
    else
      made.writeUInt32LE(next(2) === 0 ? next(16) : next(2 ** 32), Math.min(at, made.length - 4));
  }
  return next(4) === 0 ? made.subarray(0, 1 + next(made.length)) : made;
}

function noise(next: Next): Buffer {
  const made = Buffer.alloc(1 + next(200));
  for (let i = 0; i < made.length; i++) {
    made[i] = next(2) === 0 ? next(256) : (CODES[next(CODES.length)] ?? 0);
  }
  made[0] = 65 + next(8);
  return made;
}

describe('a hostile worker', () => {
  test('never does more than end its connection', () => {
    expect(golden.length).toBeGreaterThan(5);
    const next = random(20261122);
    const outcomes = { message: 0, refused: 0 };
    const heap = process.memoryUsage().heapUsed;
    for (let i = 0; i < FRAMES; i++) {
      const seed = golden[next(golden.length)] as Buffer;
      const frame = next(5) === 0 ? noise(next) : mutate(seed, next);
      try {
        decodeMessage(frame, 0, frame.length);
        outcomes.message++;
      } catch (error) {
        if (!(error instanceof ProtocolError)) {
          throw new Error(`frame ${i}: ${frame.toString('hex')}`, { cause: error });
        }
        outcomes.refused++;
      }
    }
    // Both must occur often, or this tests nothing.
    expect(outcomes.refused).toBeGreaterThan(FRAMES / 4);
    expect(outcomes.message).toBeGreaterThan(FRAMES / 100);
    globalThis.gc?.();
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(64 * 2 ** 20);
  }, 600_000);

  test('a reader never looks outside of its frame', () => {
    const next = random(7);
    for (let i = 0; i < 20_000; i++) {
      const frame = mutate(golden[next(golden.length)] as Buffer, next);
      // What follows would change the meaning if it were read.
      const outcome = (after: number): string => {
        const larger = Buffer.concat([Buffer.alloc(3), frame, Buffer.alloc(64, after)]);
        try {
          return JSON.stringify(
            decodeMessage(larger, 3, 3 + frame.length),
            (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
          );
        } catch (error) {
          return String(error);
        }
      };
      expect(outcome(0x4e)).toBe(outcome(0x7a));
    }
  });

  test('whatever is cut how, a connection closes once or goes on', () => {
    const next = random(99);
    for (let round = 0; round < 2000; round++) {
      let closed = 0;
      let push: ((bytes: Buffer, end: number) => void) | undefined;
      const connection = new Connection(
        (events) => {
          push = (bytes, end) => {
            events.data(bytes, end);
          };
          return { write: (_b, s, e) => e - s, close() {}, ref() {}, unref() {} };
        },
        {
          message() {},
          closed(error) {
            closed++;
            expect(error).toBeInstanceOf(ProtocolError);
          },
        },
      );
      for (let i = 0; i < 5 && connection.isOpen; i++) {
        const frame = mutate(golden[next(golden.length)] as Buffer, next);
        const whole = Buffer.alloc(4 + frame.length);
        whole.writeUInt32LE(next(8) === 0 ? next(2 ** 32) : frame.length);
        frame.copy(whole, 4);
        push?.(whole, whole.length);
      }
      expect(closed).toBe(connection.isOpen ? 0 : 1);
    }
  });
});
