import { ConversionError } from '../errors/errors.ts';
import { loadBinding } from '../native/load.ts';
import { CAPACITY, SHAPE_LIMIT, TAGS } from './tape.ts';

/** A container that is being filled. */
interface Frame {
  tag: number;
  /** An array, an object, a Map or a Set; the keys of a shape. */
  target: unknown;
  keys: readonly string[];
  index: number;
  count: number;
  /** Of a mapping, between key and value. */
  key: unknown;
}

type Row = Record<string, unknown>;

const NO_KEYS: readonly string[] = [];
const newFrame = (): Frame => ({
  tag: TAGS.list,
  target: undefined,
  keys: NO_KEYS,
  index: 0,
  count: 0,
  key: undefined,
});

/** A property of its own, whatever its name: assigning to `__proto__` would set the prototype. */
const define = (row: Row, key: string, value: unknown): unknown =>
  Object.defineProperty(row, key, { value, writable: true, enumerable: true, configurable: true });

/** A record with a key that is not just set. */
const CAREFUL = 255;

/** Where the last member of a frame stands. */
function stepOf({ tag, keys, index, key }: Frame): string {
  if (tag === TAGS.record || tag === CAREFUL) return `.${String(keys[index - 1])}`;
  return tag === TAGS.mapping ? `[${String(key)}]` : `[${String(index - 1)}]`;
}

/** Makes JavaScript's data of the tape that native code writes, piece by piece. */
class Builder {
  readonly #tags = new Uint8Array(CAPACITY);
  readonly #numbers = new Float64Array(CAPACITY);
  /** By depth, and used again; the first is for the result. */
  readonly #frames: Frame[] = [newFrame()];
  #depth = 0;
  #kept: unknown[] = [];
  #shapes: (readonly string[])[] = [];

  constructor(level: number) {
    loadBinding().registerTape(level, this.#tags, this.#numbers, true);
  }

  start(): void {
    this.#depth = 0;
    this.#finish();
    const root = this.#frames[0] as Frame;
    root.target = [];
    root.index = 0;
    root.count = 1;
  }

  #finish(): void {
    if (this.#kept.length > 0) this.#kept = [];
    if (this.#shapes.length > 0) this.#shapes = [];
  }

  /** Answers what was built, once all of it is there. */
  build(count: number, text: string, others: readonly unknown[]): unknown {
    const tags = this.#tags;
    const numbers = this.#numbers;
    let number = 0;
    let other = 0;
    let place = 0;
    let keep = false;
    let frame = this.#frames[this.#depth] as Frame;
    for (let i = 0; i < count; i++) {
      const tag = tags[i] as number;
      let value: unknown;
      let opened: Frame | undefined;
      switch (tag) {
        case TAGS.null:
          value = null;
          break;
        case TAGS.true:
          value = true;
          break;
        case TAGS.false:
          value = false;
          break;
        case TAGS.integer:
          value = (numbers[number++] as number) | 0;
          break;
        case TAGS.number:
          value = numbers[number++];
          break;
        case TAGS.text: {
          const end = place + (numbers[number++] as number);
          value = text.slice(place, end);
          place = end;
          break;
        }
        case TAGS.other:
          value = others[other++];
          if (keep) this.#kept.push(value);
          keep = false;
          break;
        case TAGS.again:
          value = this.#kept[numbers[number++] as number];
          break;
        case TAGS.keep:
          keep = true;
          continue;
        default:
          opened = this.#open(tag, numbers[number++] as number);
          value = opened.target;
          if (keep) this.#kept.push(value);
          keep = false;
      }
      if (tag === TAGS.shape) frame = opened as Frame;
      else if (frame.tag === TAGS.record) {
        (frame.target as Row)[frame.keys[frame.index++] as string] = value;
      } else if (frame.tag === TAGS.list) {
        frame.index++;
        (frame.target as unknown[]).push(value);
      } else this.#put(frame, value);
      if (opened !== undefined) frame = opened;
      if (frame.index === frame.count) frame = this.#close(frame);
    }
    if (this.#depth > 0 || frame.index === 0) return undefined;
    const [result] = frame.target as [unknown];
    frame.target = undefined;
    this.#finish();
    return result;
  }

  #open(tag: number, number: number): Frame {
    this.#depth += 1;
    const frame = (this.#frames[this.#depth] ??= newFrame());
    frame.tag = tag;
    frame.index = 0;
    frame.count = tag === TAGS.mapping ? number * 2 : number;
    if (tag === TAGS.record) {
      const keys = this.#shapes[number] as readonly string[];
      frame.target = {};
      frame.keys = keys;
      frame.count = keys.length;
      if (keys.includes('__proto__')) frame.tag = CAREFUL;
    } else if (tag === TAGS.mapping) frame.target = new Map();
    else frame.target = tag === TAGS.set ? new Set() : [];
    return frame;
  }

  #put(frame: Frame, value: unknown): void {
    const index = frame.index++;
    switch (frame.tag) {
      case TAGS.mapping:
        if (index % 2 === 0) frame.key = value;
        else (frame.target as Map<unknown, unknown>).set(frame.key, value);
        break;
      case TAGS.set:
        (frame.target as Set<unknown>).add(value);
        break;
      case CAREFUL:
        define(frame.target as Row, frame.keys[index] as string, value);
        break;
      default:
        (frame.target as unknown[]).push(value);
    }
  }

  /** The next frame below that waits for more. */
  #close(full: Frame): Frame {
    let frame = full;
    while (frame.index === frame.count && this.#depth > 0) {
      if (frame.tag === TAGS.mapping) this.#checkSize(frame, frame.count / 2);
      else if (frame.tag === TAGS.set) this.#checkSize(frame, frame.count);
      else if (frame.tag === TAGS.shape) this.#addShape(frame.target as string[]);
      frame.target = undefined;
      frame.key = undefined;
      this.#depth -= 1;
      frame = this.#frames[this.#depth] as Frame;
    }
    return frame;
  }

  /** Beyond the limit each takes the last place, and is used at once. */
  #addShape(keys: readonly string[]): void {
    this.#shapes[Math.min(this.#shapes.length, SHAPE_LIMIT)] = keys;
  }

  /** NaNs, and a Decimal and its text, are many keys to Python and one to a Map. */
  #checkSize({ target, tag }: Frame, expected: number): void {
    if ((target as Set<unknown>).size === expected) return;
    const steps = this.#frames.slice(1, this.#depth).map(stepOf);
    const path = `value${steps.join('')}`;
    const what = tag === TAGS.set ? 'a set with members' : 'a dict with keys';
    throw new ConversionError(
      `${path}: ${what} that JavaScript takes for the same; convert them in Python first`,
      { path },
    );
  }
}

const builders: Builder[] = [];

/** What native code calls with a piece of tape, or, without one, to get a tape. */
export function build(
  level: number,
  count?: number,
  text = '',
  others: readonly unknown[] = [],
  first = false,
): unknown {
  const builder = (builders[level] ??= new Builder(level));
  if (count === undefined) return undefined;
  if (first) builder.start();
  return builder.build(count, text, others);
}
