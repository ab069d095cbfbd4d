import { types } from 'node:util';

import { loadBinding } from '../native/load.ts';
import {
  CAPACITY,
  DEPTH_LIMIT,
  RECORD_LIMIT,
  REFUSALS,
  SHAPE_LIMIT,
  SIZE_LIMIT,
  TAGS,
} from './tape.ts';

/** Longer texts go by themselves: they would be copied twice on the tape. */
const LONG_TEXT = 1024;
/** Text on a tape before it is handed over. */
const TEXT_LIMIT = 1 << 16;

const { getPrototypeOf, keys: keysOf, prototype: objectPrototype } = Object;

/** An object literal's or null prototype, also that of another realm. */
function isPlain(value: object): boolean {
  const prototype = getPrototypeOf(value) as object | null;
  if (prototype === objectPrototype || prototype === null) return true;
  return getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  const count = a.length;
  if (count !== b.length) return false;
  for (let i = 0; i < count; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Writes arrays, plain objects, Maps and Sets on a tape for Python. JavaScript walks its own objects
 * many times faster than native code can. Getters and users' Proxies run in here, and may call
 * Python, so each level of that has a tape of its own.
 */
class Flattener {
  readonly #tags = new Uint8Array(CAPACITY);
  readonly #numbers = new Float64Array(CAPACITY);
  #tag = 0;
  #number = 0;
  #text = '';
  #others: unknown[] = [];
  /** In the order of the tape. */
  #seen: Set<object> | undefined = undefined;
  /** The same with their places; made when one is met again. */
  #places: Map<object, number> | undefined = undefined;
  #shapes: (readonly string[])[] = [];
  #recent = 0;

  constructor(level: number) {
    loadBinding().registerTape(level, this.#tags, this.#numbers, false);
  }

  /** False: no container. Otherwise the tape's rest is on it, `tags` of them. */
  run(value: object): number {
    const kind = this.#kindOf(value);
    if (kind === undefined) return -1;
    this.#seen = new Set();
    try {
      kind.call(this, value as never, 0);
      if (this.#text !== '' || this.#others.length > 0) this.#flush();
      return this.#tag;
    } finally {
      this.#reset();
    }
  }

  #reset(): void {
    this.#tag = 0;
    this.#number = 0;
    this.#text = '';
    if (this.#others.length > 0) this.#others = [];
    this.#seen = undefined;
    this.#places = undefined;
    if (this.#shapes.length > 0) this.#shapes = [];
  }

  #flush(): void {
    const tags = this.#tag;
    const text = this.#text;
    const others = this.#others;
    this.#tag = 0;
    this.#number = 0;
    this.#text = '';
    if (others.length > 0) this.#others = [];
    loadBinding().readTape(tags, text, others);
  }

  #put(tag: number): void {
    if (this.#tag === CAPACITY) this.#flush();
    this.#tags[this.#tag++] = tag;
  }

  #putNumber(tag: number, number: number): void {
    if (this.#tag === CAPACITY) this.#flush();
    this.#tags[this.#tag++] = tag;
    this.#numbers[this.#number++] = number;
  }

  #putOther(value: unknown): void {
    this.#put(TAGS.other);
    this.#others.push(value);
  }

  #putText(text: string): void {
    if (text.length > LONG_TEXT) {
      this.#putOther(text);
      return;
    }
    this.#putNumber(TAGS.text, text.length);
    this.#text += text;
    if (this.#text.length > TEXT_LIMIT) this.#flush();
  }

  #visit(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'number':
        this.#putNumber(TAGS.number, value);
        break;
      case 'string':
        this.#putText(value);
        break;
      case 'boolean':
        this.#put(value ? TAGS.true : TAGS.false);
        break;
      case 'undefined':
        this.#put(TAGS.null);
        break;
      case 'object':
        if (value === null) this.#put(TAGS.null);
        else this.#visitObject(value, depth);
        break;
      case 'bigint':
      case 'function':
      case 'symbol':
        this.#putOther(value);
    }
  }

  #visitObject(value: object, depth: number): void {
    const kind = this.#kindOf(value);
    if (kind === undefined) this.#putOther(value);
    else if (depth >= DEPTH_LIMIT) this.#putNumber(TAGS.refuse, REFUSALS.depth);
    else kind.call(this, value as never, depth);
  }

  /** How a container is written; undefined for everything else. */
  #kindOf(value: object): ((this: this, value: never, depth: number) => void) | undefined {
    if (Array.isArray(value)) return this.#visitArray;
    if (isPlain(value) && !(Symbol.iterator in value)) return this.#visitPlain;
    if (types.isMap(value)) return this.#visitMap;
    return types.isSet(value) ? this.#visitSet : undefined;
  }

  /** Whether it stands on the tape already, and is put there as such. */
  #isKnown(value: object): boolean {
    const seen = this.#seen as Set<object>;
    const before = seen.size;
    seen.add(value);
    if (seen.size !== before) {
      this.#places?.set(value, before);
      return false;
    }
    // A Set keeps the order, so places need no memory until one is asked for.
    this.#places ??= new Map([...seen].map((one, place) => [one, place]));
    this.#putNumber(TAGS.again, this.#places.get(value) as number);
    return true;
  }

  #visitArray(value: readonly unknown[], depth: number): void {
    if (this.#isKnown(value)) return;
    const count = value.length;
    if (!(count <= SIZE_LIMIT)) {
      this.#putNumber(TAGS.refuse, REFUSALS.size);
      return;
    }
    this.#putNumber(TAGS.list, count);
    for (let i = 0; i < count; i++) this.#visit(value[i], depth + 1);
  }

  #visitPlain(value: Readonly<Record<string, unknown>>, depth: number): void {
    if (this.#isKnown(value)) return;
    const keys = keysOf(value);
    const count = keys.length;
    const shape = this.#shapeOf(keys);
    if (shape < 0) {
      this.#putNumber(TAGS.mapping, count);
      for (const key of keys) {
        this.#putText(key);
        this.#visit(value[key], depth + 1);
      }
      return;
    }
    this.#putNumber(TAGS.record, shape);
    for (let i = 0; i < count; i++) this.#visit(value[keys[i] as string], depth + 1);
  }

  /** Rows mostly have the keys of the row before. */
  #shapeOf(keys: readonly string[]): number {
    const shapes = this.#shapes;
    const recent = shapes[this.#recent];
    if (recent !== undefined && sameKeys(recent, keys)) return this.#recent;
    if (keys.length > RECORD_LIMIT) return -1;
    let shape = shapes.findIndex((known) => sameKeys(known, keys));
    if (shape < 0) {
      if (shapes.length === SHAPE_LIMIT) return -1;
      shape = shapes.push(keys) - 1;
      this.#putNumber(TAGS.shape, keys.length);
      for (const key of keys) this.#putText(key);
    }
    this.#recent = shape;
    return shape;
  }

  // The intrinsic iterators, and all at once: a getter may change the Map meanwhile.
  #visitMap(value: ReadonlyMap<unknown, unknown>, depth: number): void {
    if (this.#isKnown(value)) return;
    const entries = [...(Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>)];
    this.#putNumber(TAGS.mapping, entries.length);
    for (const [key, member] of entries) {
      this.#visit(key, depth + 1);
      this.#visit(member, depth + 1);
    }
  }

  #visitSet(value: ReadonlySet<unknown>, depth: number): void {
    if (this.#isKnown(value)) return;
    const members = [...(Set.prototype.values.call(value) as Iterable<unknown>)];
    this.#putNumber(TAGS.set, members.length);
    for (const member of members) this.#visit(member, depth + 1);
  }
}

const flatteners: Flattener[] = [];
let level = 0;

/** -1: no container. Otherwise how many tags are left on the tape of this level. */
export function flatten(value: object): number {
  const flattener = (flatteners[level] ??= new Flattener(level));
  level += 1;
  try {
    return flattener.run(value);
  } finally {
    level -= 1;
  }
}
