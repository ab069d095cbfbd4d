import { describe, expect, test } from 'vitest';

import { RemoteObject } from '../../../src/contract/batch.ts';
import { ProtocolError } from '../../../src/errors/worker-errors.ts';
import { decodeMessage } from '../../../src/wire/decode-message.ts';
import { FrameReader } from '../../../src/wire/frame.ts';
import { Failure, TAGS, TensorReply, TO_HOST } from '../../../src/wire/message.ts';
import { random } from './random.ts';

/** Builds values as a worker's marshal would, and as none ever would. */
const u32 = (value: number): number[] => [...new Uint8Array(new Uint32Array([value]).buffer)];
const int = (value: number): number[] => [0x69, ...u32(value)];
const float = (value: number): number[] => [
  0x67,
  ...new Uint8Array(new Float64Array([value]).buffer),
];
const text = (value: string): number[] => [0x7a, value.length, ...Buffer.from(value, 'latin1')];
const bytes = (data: readonly number[]): number[] => [0x73, ...u32(data.length), ...data];
const list = (...items: number[][]): number[] => [0x5b, ...u32(items.length), ...items.flat()];
const tuple = (...items: number[][]): number[] => [0x28, ...u32(items.length), ...items.flat()];
const tagged = (tag: number, ...parts: number[][]): number[] => tuple([0x2e], int(tag), ...parts);
const NONE = [0x4e];

const decode = (kind: number, body: readonly number[]): unknown => {
  const frame = Buffer.from([kind, ...body]);
  return decodeMessage(frame, 0, frame.length);
};
const result = (...values: number[][]): unknown[] => {
  const message = decode(TO_HOST.result, tuple(int(7), list(...values))) as { values: unknown[] };
  return message.values;
};

describe('values of a worker', () => {
  test('numbers of each form', () => {
    const long = (digits: number, ...parts: number[]): number[] => [
      ...[0x6c, ...u32(digits)],
      ...new Uint8Array(new Uint16Array(parts).buffer),
    ];
    expect(
      result(
        int(-5),
        float(0.5),
        long(2, 1, 1),
        long(-3, 0, 0, 1),
        long(4, 0x7fff, 0x7fff, 0x7fff, 0xff),
      ),
    ).toEqual([-5, 0.5, 32769, -(2 ** 30), 2 ** 53 - 1]);
    expect(result(long(4, 0, 0, 0, 0x100))).toEqual([2n ** 53n]);
    expect(result(long(-5, 1, 0, 0, 0, 1))).toEqual([-(2n ** 60n) - 1n]);
    expect(result(tagged(TAGS.bigint, int(5)))).toEqual([5n]);
  });

  test('memory is copied out of the message', () => {
    const frame = Buffer.from([TO_HOST.result, ...tuple(int(1), list(bytes([1, 2, 3])))]);
    const { values } = decodeMessage(frame, 0, frame.length) as unknown as { values: Uint8Array[] };
    frame.fill(0);
    expect(values[0]).toEqual(new Uint8Array([1, 2, 3]));
  });

  test('objects, tensors and failures are instances', () => {
    const shape = list(int(1), int(2));
    const record = [
      0x7b,
      ...['record', 'code', 'message', 'path'].flatMap((name) => [
        ...text(name),
        ...(name === 'record' ? NONE : text('x')),
      ]),
      0x30,
    ];
    const [object, tensor, failed] = result(
      tagged(TAGS.handle, int(9), int(3), text('list'), int(0)),
      tagged(TAGS.tensor, text('int16'), shape, bytes([1, 0, 2, 0])),
      tagged(TAGS.failed, record),
    );
    expect(object).toEqual(new RemoteObject(9, 3, 'list', 0));
    expect(tensor).toEqual(new TensorReply('int16', [1, 2], new Int16Array([1, 2])));
    expect(failed).toEqual(new Failure(null, 'x', 'x', 'x'));
  });

  test.each<[string, number[]]>([
    ['an empty body', []],
    ['no tuple', int(1)],
    ['too few fields', tuple(int(1))],
    ['too many fields', tuple(int(1), list(), NONE)],
    ['more behind the fields', [...tuple(int(1), list()), 0]],
    ['an id that is no integer', tuple(float(0.5), list())],
    ['a text where a list belongs', tuple(int(1), text('x'))],
    ['a list that promises more than there is', tuple(int(1), [0x5b, ...u32(0x7fffffff)])],
    ['a negative length', tuple(int(1), [0x5b, ...u32(-1)])],
    ['a text that promises more than there is', tuple(int(1), list([0x75, ...u32(100), 0x41]))],
    ['an unknown code', tuple(int(1), list([0x63]))],
    ['a code object', tuple(int(1), list([0x63, ...u32(0)]))],
    ['a mark as a value', tuple(int(1), list([0x2e]))],
    ['the end of a dict as a value', tuple(int(1), list([0x30]))],
    ['a dict without an end', tuple(int(1), list([0x7b, ...text('a'), ...NONE]))],
    ['a key that is no text', tuple(int(1), list([0x7b, ...int(1), ...NONE, 0x30]))],
    ['a tuple without a tag', tuple(int(1), list(tuple(int(1), int(2))))],
    ['an unknown tag', tuple(int(1), list(tagged(99)))],
    ['a tag of the host', tuple(int(1), list(tagged(TAGS.step, int(0))))],
    ['a tag with other parts', tuple(int(1), list(tagged(TAGS.date)))],
    ['a date that is none', tuple(int(1), list(tagged(TAGS.date, float(Number.NaN))))],
    [
      'a handle without a number',
      tuple(int(1), list(tagged(TAGS.handle, int(-1), int(0), text('x'), int(0)))),
    ],
    ['an unknown dtype', tuple(int(1), list(tagged(TAGS.array, text('U1'), list(), bytes([]))))],
    [
      'an array of another size',
      tuple(int(1), list(tagged(TAGS.array, text('int8'), list(int(5)), bytes([1])))),
    ],
    [
      'a shape that overflows',
      tuple(
        int(1),
        list(
          tagged(
            TAGS.array,
            text('int8'),
            list(...Array.from({ length: 40 }, () => int(2 ** 30))),
            bytes([]),
          ),
        ),
      ),
    ],
    ['a ref to nothing', tuple(int(1), list([0x72, ...u32(0)]))],
    [
      'a ref to a tuple that is being read',
      tuple(int(1), list([0xa8, ...u32(3), 0x2e, ...int(TAGS.date), 0x72, ...u32(0)])),
    ],
    ['a text that is no UTF-8', tuple(int(1), list([0x75, ...u32(2), 0xff, 0xfe]))],
    ['a long with a digit out of range', tuple(int(1), list([0x6c, ...u32(1), 0xff, 0xff]))],
    ['a Map of an odd number', tuple(int(1), list(tagged(TAGS.map, list(int(1)))))],
  ])('%s is a ProtocolError', (_name, body) => {
    expect(() => decode(TO_HOST.result, body)).toThrow(ProtocolError);
  });

  test('depth is bounded, and so is the number of values', () => {
    const deep = Array.from({ length: 100_000 }, () => [0x5b, ...u32(1)]).flat();
    expect(() =>
      decode(TO_HOST.result, [...tuple(int(1)).slice(0, 1), ...u32(2), ...int(1), ...deep, 0x4e]),
    ).toThrow(/nested/);
    const wide = Buffer.alloc(2 ** 24 + 100, 0x4e);
    wide.set([TO_HOST.result, 0x28, ...u32(2), ...int(1), 0x5b, ...u32(2 ** 24 + 10)]);
    expect(() => decodeMessage(wide, 0, wide.length)).toThrow(ProtocolError);
  });
});

describe('frames', () => {
  const collect = (limit = 1000): { reader: FrameReader; seen: string[] } => {
    const seen: string[] = [];
    const reader = new FrameReader(limit, (data, start, end) => {
      seen.push(data.toString('latin1', start, end));
    });
    return { reader, seen };
  };
  const frame = (content: string): Buffer => {
    const made = Buffer.alloc(4 + content.length);
    made.writeUInt32LE(content.length);
    made.write(content, 4, 'latin1');
    return made;
  };

  test('however they are cut, they come whole and in order', () => {
    const next = random(1);
    for (let round = 0; round < 200; round++) {
      const { reader, seen } = collect(100_000);
      const wanted = Array.from({ length: 20 }, (_, i) =>
        `${i}`.padEnd(1 + next(round % 2 ? 30 : 40_000), 'x'),
      );
      const all = Buffer.concat(wanted.map(frame));
      for (let at = 0; at < all.length; ) {
        const stop = Math.min(all.length, at + 1 + next(round % 3 === 0 ? 6 : 70_000));
        const part = Buffer.from(all.subarray(at, stop));
        reader.push(part, part.length);
        part.fill(0xee);
        at = stop;
      }
      expect(seen).toEqual(wanted);
      expect(reader.pending).toBe(0);
    }
  });

  test.each([0, 1001, 0xffffffff])('a length of %d is a ProtocolError', (length) => {
    const { reader } = collect();
    const head = Buffer.alloc(4);
    head.writeUInt32LE(length);
    expect(() => {
      reader.push(head, 4);
    }).toThrow(ProtocolError);
  });

  test('a promise of much costs nothing before it is kept', () => {
    const before = process.memoryUsage().arrayBuffers;
    const { reader } = collect(2 ** 31);
    const head = Buffer.alloc(5);
    head.writeUInt32LE(2 ** 30);
    reader.push(head, 5);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });
});
