import { CODE, REF_FLAG } from './codes.ts';
import { malformed } from './malformed.ts';
import { decodeSurrogates, joinDigits } from './reader-parts.ts';

// Ends a dict, and begins a tagged tuple: no values of their own.
const END: unique symbol = Symbol('end');
const ELLIPSIS: unique symbol = Symbol('ellipsis');

const DEPTH_LIMIT = 1000;
// Values of one byte each would otherwise be eight times the frame in the heap.
const VALUE_LIMIT = 2 ** 24;
const SHORT_TEXT = 24;

/** What a tagged tuple means; `read` gives its parts in order. */
export type ReadTagged = (reader: Reader, tag: number, parts: number, index: number) => unknown;

/**
 * Reads values of the wire (writer.ts) from memory that nobody vouches for: never outside of
 * `bytes`, with bounded depth and count; whatever is not in the table is a ProtocolError.
 */
export class Reader {
  readonly bytes: Buffer;
  position: number;
  readonly end: number;
  /** Numbers of the objects that were read, wherever they were. */
  readonly objects: number[] = [];
  readonly carried: { copied: number; shared: number } = { copied: 0, shared: 0 };
  #depth = 0;
  #count = 0;
  readonly #refs: unknown[] = [];
  readonly #tagged: ReadTagged;

  constructor(bytes: Buffer, start: number, end: number, tagged: ReadTagged) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.#tagged = tagged;
  }

  #skip(count: number): number {
    const at = this.position;
    if (count > this.end - at) malformed('it ends in the middle of a value');
    this.position = at + count;
    return at;
  }

  u8(): number {
    return this.bytes[this.#skip(1)] as number;
  }

  i32(): number {
    return this.bytes.readInt32LE(this.#skip(4));
  }

  /** A length or a count of things that have a byte at least. */
  size(): number {
    const size = this.i32();
    if (size < 0 || size > this.end - this.position) malformed('a length beyond its end');
    return size;
  }

  /** The number of a body's fields. */
  tuple(): number {
    const flagged = this.u8();
    this.#note(flagged, END);
    const code = flagged & ~REF_FLAG;
    if (code === CODE.smallTuple) return this.u8();
    return code === CODE.tuple ? this.size() : malformed('a body that is no tuple');
  }

  /** A view of bytes; the caller copies. */
  data(): Buffer {
    const code = this.u8();
    if ((code & ~REF_FLAG) !== CODE.bytes) malformed('a field that is no bytes');
    const at = this.#skip(this.size());
    // The same object twice would be a ref to what is gone: nobody sends one twice.
    this.#note(code, END);
    return this.bytes.subarray(at, this.position);
  }

  value(): unknown {
    const code = this.u8();
    if (++this.#count > VALUE_LIMIT) malformed(`more than ${VALUE_LIMIT} values`);
    switch (code & ~REF_FLAG) {
      case CODE.int:
        return this.#note(code, this.i32());
      case CODE.float: {
        const at = this.#skip(8);
        return this.#note(code, this.bytes.readDoubleLE(at));
      }
      case CODE.none:
        return null;
      case CODE.true:
        return true;
      case CODE.false:
        return false;
      case CODE.shortAscii:
      case CODE.shortAsciiInterned:
        return this.#note(code, this.#ascii(this.u8()));
      case CODE.ascii:
      case CODE.asciiInterned:
        return this.#note(code, this.#ascii(this.size()));
      case CODE.text:
      case CODE.interned:
        return this.#note(code, this.#text(this.size()));
      case CODE.long:
        return this.#note(code, this.#long());
      case CODE.ref:
        return this.#ref();
      case CODE.ellipsis:
        return ELLIPSIS;
      case CODE.null:
        return END;
      default:
        return this.#container(code);
    }
  }

  /** As `value`, but what ends or marks something is refused. */
  item(): unknown {
    const value = this.value();
    if (value === END || value === ELLIPSIS) malformed('a mark where a value belongs');
    return value;
  }

  #container(code: number): unknown {
    if (++this.#depth > DEPTH_LIMIT) malformed(`values nested deeper than ${DEPTH_LIMIT}`);
    const value = this.#nested(code);
    this.#depth--;
    return value;
  }

  #nested(code: number): unknown {
    switch (code & ~REF_FLAG) {
      case CODE.bytes: {
        const at = this.#skip(this.size());
        return this.#note(code, new Uint8Array(this.bytes.subarray(at, this.position)));
      }
      case CODE.list:
        return this.#list(this.#note(code, []), this.size());
      case CODE.tuple:
        return this.#tuple(code, this.size());
      case CODE.smallTuple:
        return this.#tuple(code, this.u8());
      case CODE.dict:
        return this.#dict(this.#note(code, {}));
      case CODE.set:
      case CODE.frozenset:
        return this.#set(this.#note(code, new Set()), this.size());
      default:
        return malformed(`an unknown code (${code})`);
    }
  }

  /** Python gives an index to whatever has the flag, in the order in which it began. */
  #note<T>(code: number, value: T): T {
    if ((code & REF_FLAG) !== 0) this.#refs.push(value);
    return value;
  }

  /** What a tagged value is, before its parts are read: they may lead back to it. */
  define(index: number, value: unknown): void {
    if (index >= 0) this.#refs[index] = value;
  }

  #ref(): unknown {
    const index = this.i32();
    const value = index >= 0 && index < this.#refs.length ? this.#refs[index] : END;
    return value === END ? malformed('a ref to nothing') : value;
  }

  #list(list: unknown[], count: number): unknown[] {
    for (let i = 0; i < count; i++) list.push(this.item());
    return list;
  }

  /** A tuple of the worker is a tagged value; nothing else comes as one. */
  #tuple(code: number, count: number): unknown {
    const index = (code & REF_FLAG) === 0 ? -1 : this.#refs.push(END) - 1;
    if (count < 2 || this.value() !== ELLIPSIS) malformed('a tuple without a tag');
    const tag = this.item();
    if (typeof tag !== 'number') malformed('a tag that is no number');
    const value = this.#tagged(this, tag, count - 2, index);
    this.define(index, value);
    return value;
  }

  #dict(record: Record<string, unknown>): Record<string, unknown> {
    for (;;) {
      const key = this.value();
      if (key === END) return record;
      if (typeof key !== 'string') malformed('a key that is no text');
      const value = this.item();
      if (key === '__proto__') {
        const own = { value, writable: true, enumerable: true, configurable: true };
        Object.defineProperty(record, key, own);
      } else {
        record[key] = value;
      }
    }
  }

  #set(set: Set<unknown>, count: number): Set<unknown> {
    for (let i = 0; i < count; i++) set.add(this.item());
    return set;
  }

  #ascii(length: number): string {
    const at = this.#skip(length);
    const { bytes } = this;
    if (length > SHORT_TEXT) return bytes.toString('latin1', at, at + length);
    let text = '';
    for (let i = at; i < at + length; i++) text += String.fromCharCode(bytes[i] as number);
    return text;
  }

  #text(length: number): string {
    const at = this.#skip(length);
    const { bytes } = this;
    if (length <= SHORT_TEXT) {
      let short = '';
      for (let i = at; i < at + length && (bytes[i] as number) <= 0x7f; i++) {
        short += String.fromCharCode(bytes[i] as number);
      }
      if (short.length === length) return short;
    }
    const text = bytes.toString('utf8', at, at + length);
    // Either that character itself, or a lone surrogate, or no UTF-8 at all.
    return text.includes('\uFFFD') ? decodeSurrogates(this.bytes, at, at + length) : text;
  }

  #long(): number | bigint {
    const digits = this.i32();
    const count = Math.abs(digits);
    const at = this.#skip(count * 2);
    const digit = (i: number): number => {
      const value = this.bytes.readUInt16LE(at + i * 2);
      return value < 0x8000 ? value : malformed('a digit out of range');
    };
    if (count <= 3) {
      let value = 0;
      for (let i = count - 1; i >= 0; i--) value = value * 0x8000 + digit(i);
      return digits < 0 ? -value : value;
    }
    const value = joinDigits(digit, 0, count);
    const signed = digits < 0 ? -value : value;
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }
}
