import { isKw } from '../contract/kw.ts';
import type { Tensor } from '../contract/tensor.ts';
import { ConversionError } from '../errors/errors.ts';
import { BRIDGE } from '../native/bridge.ts';
import { CODE, REF_FLAG } from './codes.ts';
import { type Given, TaggedEncoder } from './encode-tagged.ts';
import { hasSimpleMembers, isPlain } from './members.ts';
import { TAGS } from './message.ts';
import type { ParcelSink } from './parcel.ts';
import { ELSEWHERE, NO_ERROR, NO_FUNCTION, WHAT_CONVERTS } from './refusals.ts';
import { ValuePath } from './value-path.ts';
import type { Writer } from './writer.ts';

/** As in-process (src-native/convert.cc). Python's own limit for reading is 2,000. */
const DEPTH_LIMIT = 400;

/** Thrown inside: the data leads back to itself, so refs are needed. */
export class CycleFound extends Error {}

/**
 * The strict normaliser: values of the user to what Python reads, or an ERR_CONVERSION with the
 * path. A container that has something tagged inside ends with an Ellipsis (a dict with an Ellipsis
 * as a key): Python looks into those alone. What writes a value says whether there is one inside.
 */
export class ValueEncoder {
  readonly writer: Writer;
  readonly tagged: TaggedEncoder;
  /** Flags every container so that refs can name it. */
  readonly #refs: boolean;
  readonly #path = new ValuePath();
  readonly #ancestors: object[] = [];
  /** Of each ancestor; -1 where it cannot be named. */
  readonly #indices: number[] = [];
  #nextIndex = 0;

  constructor(writer: Writer, refs: boolean, sink: ParcelSink | null, given: Given) {
    this.writer = writer;
    this.tagged = new TaggedEncoder(writer, sink, given);
    this.#refs = refs;
  }

  /** Their paths begin with `args[i]`. */
  args(values: readonly unknown[]): void {
    this.#path.start('args');
    let count = values.length;
    // JavaScript's habit of passing undefined for "not given".
    while (count > 0 && values[count - 1] === undefined) count -= 1;
    this.#items(values, count, CODE.list);
  }

  /** Keyword arguments; those that are undefined are absent. */
  kwargs(values: Readonly<Record<string, unknown>>): void {
    this.#path.start('kwargs');
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    this.#pairs(given, CODE.dict, (name) => {
      this.writer.name(name as string);
    });
  }

  /** What a step is about. */
  target(value: unknown): void {
    this.#path.start('target');
    this.#items([value], 1, CODE.list);
  }

  #value(value: unknown): boolean {
    switch (typeof value) {
      case 'number':
        this.writer.number(value);
        return false;
      case 'string':
        this.writer.text(value);
        return false;
      case 'boolean':
        this.writer.boolean(value);
        return false;
      case 'undefined':
        this.writer.none();
        return false;
      case 'bigint':
        this.tagged.bigint(value);
        return true;
      case 'object':
        if (value !== null) return this.#object(value);
        this.writer.none();
        return false;
      case 'function':
        return this.#function(value);
      case 'symbol':
        return this.#refuse('a symbol');
    }
  }

  #object(value: object): boolean {
    if (Array.isArray(value)) {
      return this.#nest(value, () => this.#items(value, value.length, this.#named(CODE.list)));
    }
    if (this.tagged.known(value) || this.#isBridged(value)) return true;
    if (value instanceof Date) return this.#date(value);
    if (value instanceof Map) return this.#nest(value, () => this.#map(value));
    if (value instanceof Set) return this.#nest(value, () => this.#set(value));
    if (isKw(value)) return this.#because('kw() stands last in a call, and nowhere else');
    if (!isPlain(value)) {
      if (value instanceof Error) return this.#because(NO_ERROR);
      if (this.#isGiven(value)) return true;
      return this.#refuse(value instanceof Promise ? 'a Promise' : 'an instance of a class');
    }
    return this.#nest(value, () =>
      this.#pairs(Object.entries(value), this.#named(CODE.dict), (key) => {
        this.writer.text(key as string);
      }),
    );
  }

  #function(value: object): boolean {
    if (this.#isBridged(value) || this.#isGiven(value)) return true;
    return this.#because(NO_FUNCTION);
  }

  /** In this process functions and objects go as themselves. */
  #isGiven(value: object): boolean {
    const { given } = this.tagged;
    if (given === null) return false;
    this.tagged.give(value, given);
    return true;
  }

  /** A tensor, or a proxy of the Python in this process. */
  #isBridged(value: object): boolean {
    const bridge = (value as { readonly [BRIDGE]?: unknown })[BRIDGE];
    if (bridge === undefined) return false;
    if (bridge === 'tensor') this.tagged.tensor(value as Tensor);
    else if (!this.#isGiven(value)) this.#because(ELSEWHERE);
    return true;
  }

  #date(value: Date): boolean {
    if (Number.isNaN(value.getTime())) this.#because('an invalid Date has no counterpart');
    this.tagged.date(value);
    return true;
  }

  /** Runs `fill` one level down; a value that leads back to itself becomes a ref. */
  #nest(value: object, fill: () => boolean): boolean {
    const above = this.#ancestors.indexOf(value);
    if (above >= 0) return this.#back(this.#indices[above] as number);
    if (this.#ancestors.length >= DEPTH_LIMIT) {
      return this.#because(`data nested deeper than ${DEPTH_LIMIT} levels does not convert`);
    }
    this.#ancestors.push(value);
    this.#indices.push(-1);
    this.#path.down();
    const tagged = fill();
    this.#path.up();
    this.#indices.pop();
    this.#ancestors.pop();
    return tagged;
  }

  #back(index: number): boolean {
    if (!this.#refs) throw new CycleFound();
    if (index < 0) {
      return this.#because(
        'a Set, or a Map with keys other than text and numbers, that contains itself does not ' +
          'convert',
      );
    }
    this.writer.head(CODE.ref, index);
    return false;
  }

  /** The code of the innermost container, which a ref can name then. */
  #named(code: number): number {
    if (!this.#refs) return code;
    const index = this.#nextIndex++;
    this.#indices[this.#indices.length - 1] = index;
    return code | REF_FLAG;
  }

  /** `each`: how many items have one place in the path. */
  #items(items: readonly unknown[], count: number, code: number, each = 1): boolean {
    const { writer } = this;
    const start = writer.length;
    writer.head(code, count);
    let tagged = false;
    for (let i = 0; i < count; i++) {
      this.#path.at(each === 1 ? i : Math.floor(i / each));
      if (this.#value(items[i])) tagged = true;
    }
    if (!tagged) return false;
    const end = writer.length;
    writer.length = start;
    writer.head(code, count + 1);
    writer.length = end;
    writer.code(CODE.ellipsis);
    return true;
  }

  #pairs(
    pairs: Iterable<readonly [unknown, unknown]>,
    code: number,
    key: (key: unknown) => void,
  ): boolean {
    const { writer } = this;
    writer.code(code);
    let tagged = false;
    for (const [name, value] of pairs) {
      this.#path.at(String(name));
      key(name);
      if (this.#value(value)) tagged = true;
    }
    if (tagged) {
      writer.code(CODE.ellipsis);
      writer.none();
    }
    writer.code(CODE.null);
    return tagged;
  }

  /** Keys that Python may find equal (1, true, 1n), or cannot hash, are compared by Python. */
  #map(value: ReadonlyMap<unknown, unknown>): boolean {
    if (hasSimpleMembers(value.keys())) {
      return this.#pairs(value, this.#named(CODE.dict), (key) => this.#value(key));
    }
    const items = [...value].flatMap((entry) => entry);
    this.tagged.open(TAGS.map, 1);
    this.#items(items, items.length, CODE.list, 2);
    return true;
  }

  #set(value: ReadonlySet<unknown>): boolean {
    const members = [...value];
    const simple = hasSimpleMembers(members);
    if (simple) this.writer.head(CODE.set, members.length);
    else this.tagged.open(TAGS.set, 1);
    if (simple) for (const member of members) this.#value(member);
    else this.#items(members, members.length, CODE.list);
    return !simple;
  }

  #refuse(what: string): never {
    return this.#because(`${what} has no counterpart in Python. ${WHAT_CONVERTS}`);
  }

  #because(why: string): never {
    const path = this.#path.text();
    throw new ConversionError(`${path}: ${why}`, { path });
  }
}
