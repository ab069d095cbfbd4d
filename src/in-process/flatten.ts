import { types } from 'node:util';

import { encoderOf } from './encoders.ts';
import { OutgoingTape, TELLING } from './outgoing-tape.ts';
import { isIterable, isPlain } from './plain-object.ts';
import { DEPTH_LIMIT, RECORD_LIMIT, REFUSALS, SHAPE_LIMIT, SIZE_LIMIT, TAGS } from './tape.ts';

const { keys: keysOf } = Object;

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
  readonly #tape: OutgoingTape;
  #shapes: (readonly string[])[] = [];
  #recent = 0;

  constructor(level: number) {
    this.#tape = new OutgoingTape(level);
  }

  /** False: no container. Otherwise the tape's rest is on it, `tags` of them. */
  run(value: object): number {
    const kind = this.#kindOf(value);
    if (kind === undefined) return -1;
    try {
      kind.call(this, value as never, 0);
      return this.#tape.end();
    } finally {
      this.#reset();
    }
  }

  #reset(): void {
    this.#tape.reset();
    if (this.#shapes.length > 0) this.#shapes = [];
  }

  #visit(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'number':
        this.#tape.putNumber(TAGS.number, value);
        break;
      case 'string':
        this.#tape.putText(value);
        break;
      case 'boolean':
        this.#tape.put(value ? TAGS.true : TAGS.false);
        break;
      case 'undefined':
        this.#tape.put(TAGS.null);
        break;
      case 'object':
        if (value === null) this.#tape.put(TAGS.null);
        else this.#visitObject(value, depth);
        break;
      case 'bigint':
      case 'function':
      case 'symbol':
        this.#tape.putOther(value);
    }
  }

  #visitObject(value: object, depth: number): void {
    const kind = this.#kindOf(value);
    if (kind === undefined) this.#tape.putOther(value);
    else if (depth >= DEPTH_LIMIT) this.#tape.putNumber(TAGS.refuse, REFUSALS.depth);
    else kind.call(this, value as never, depth);
  }

  /** How a container is written; undefined for everything else. */
  #kindOf(value: object): ((this: this, value: never, depth: number) => void) | undefined {
    if (Array.isArray(value)) return this.#visitArray;
    if (isPlain(value)) return isIterable(value) ? undefined : this.#visitPlain;
    if (encoderOf(value) !== undefined) return undefined;
    if (types.isMap(value)) return this.#visitMap;
    return types.isSet(value) ? this.#visitSet : undefined;
  }

  #visitArray(value: readonly unknown[], depth: number): void {
    const count = value.length;
    if (!(count <= SIZE_LIMIT)) {
      this.#tape.putNumber(TAGS.refuse, REFUSALS.size);
      return;
    }
    this.#tape.begin(TAGS.list, count);
    let i = 0;
    while (i < count && i < TELLING && this.#tape.tell(value[i])) i++;
    if (this.#tape.isKnown(value) || i === count) return;
    if (i < TELLING) {
      this.#visit(this.#tape.takePending(), depth + 1);
      i++;
    }
    for (; i < count; i++) this.#visit(value[i], depth + 1);
  }

  #visitPlain(value: Readonly<Record<string, unknown>>, depth: number): void {
    const keys = keysOf(value);
    const count = keys.length;
    const shape = this.#shapeOf(keys);
    if (shape < 0) {
      this.#tape.begin(TAGS.mapping, count);
      if (this.#tape.isKnown(value)) return;
      for (const key of keys) {
        this.#tape.putText(key);
        this.#visit(value[key], depth + 1);
      }
      return;
    }
    this.#tape.begin(TAGS.record, shape);
    let i = 0;
    while (i < count && i < TELLING && this.#tape.tell(value[keys[i] as string])) i++;
    if (this.#tape.isKnown(value) || i === count) return;
    if (i < TELLING) {
      this.#visit(this.#tape.takePending(), depth + 1);
      i++;
    }
    for (; i < count; i++) this.#visit(value[keys[i] as string], depth + 1);
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
      this.#tape.putNumber(TAGS.shape, keys.length);
      for (const key of keys) this.#tape.putText(key);
    }
    this.#recent = shape;
    return shape;
  }

  // The intrinsic iterators, and all at once: a getter may change the Map meanwhile.
  #visitMap(value: ReadonlyMap<unknown, unknown>, depth: number): void {
    const entries = [...(Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>)];
    this.#tape.begin(TAGS.mapping, entries.length);
    if (this.#tape.isKnown(value)) return;
    for (const [key, member] of entries) {
      this.#visit(key, depth + 1);
      this.#visit(member, depth + 1);
    }
  }

  #visitSet(value: ReadonlySet<unknown>, depth: number): void {
    const members = [...(Set.prototype.values.call(value) as Iterable<unknown>)];
    this.#tape.begin(TAGS.set, members.length);
    if (this.#tape.isKnown(value)) return;
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
