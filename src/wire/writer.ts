import { CODE } from './codes.ts';

const DIGIT_BITS = 15;
const DIGIT = 2 ** DIGIT_BITS;
const FIRST_BYTES = 4096;
// Beyond this a string is worth a call into C++; below, a loop here is quicker.
const SHORT_TEXT = 40;

// Of ES2024, and in every Node from 20 on.
type WellFormed = string & { isWellFormed(): boolean };

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/** A growing buffer of encoded values (codes.ts). */
export class Writer {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = 0;
  readonly limit: number;
  /** Called where a frame would be larger than `limit`; it throws. */
  readonly #refuse: () => never;

  constructor(limit: number, refuse: () => never) {
    this.limit = limit;
    this.#refuse = refuse;
  }

  /** Room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.limit) this.#refuse();
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  code(code: number): void {
    this.reserve(1);
    this.bytes[this.length++] = code;
  }

  /** A code and a u32 behind it: containers and lengths. */
  head(code: number, count: number): void {
    this.reserve(5);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = code;
    bytes[at++] = count;
    bytes[at++] = count >>> 8;
    bytes[at++] = count >>> 16;
    bytes[at++] = count >>> 24;
    this.length = at;
  }

  none(): void {
    this.code(CODE.none);
  }

  boolean(value: boolean): void {
    this.code(value ? CODE.true : CODE.false);
  }

  /** An int where it is a safe integer and not -0, else a float. */
  number(value: number): void {
    if ((value | 0) === value && (value !== 0 || !Object.is(value, -0))) {
      this.head(CODE.int, value);
    } else if (Number.isSafeInteger(value) && value !== 0) {
      this.#safeInteger(value);
    } else {
      this.float(value);
    }
  }

  float(value: number): void {
    this.reserve(9);
    float[0] = value;
    this.bytes[this.length] = CODE.float;
    this.bytes.set(floatBytes, this.length + 1);
    this.length += 9;
  }

  #safeInteger(value: number): void {
    let rest = Math.abs(value);
    this.reserve(5 + 8);
    const start = this.length;
    let at = start + 5;
    let count = 0;
    for (; rest > 0; count++) {
      const digit = rest % DIGIT;
      this.bytes[at++] = digit;
      this.bytes[at++] = digit >>> 8;
      rest = (rest - digit) / DIGIT;
    }
    this.head(CODE.long, value < 0 ? -count : count);
    this.length = at;
  }

  integer(value: bigint): void {
    const negative = value < 0n;
    // By hexadecimal text, because shifting a long bigint digit by digit is quadratic.
    const hex = (negative ? -value : value).toString(16);
    const count = value === 0n ? 0 : Math.ceil((hex.length * 4) / DIGIT_BITS);
    this.reserve(5 + count * 2);
    const start = this.length;
    let at = start + 5;
    let bits = 0;
    let held = 0;
    const put = (): void => {
      this.bytes[at++] = held;
      this.bytes[at++] = (held >>> 8) & 0x7f;
      held >>>= DIGIT_BITS;
      bits -= DIGIT_BITS;
    };
    for (let i = hex.length - 1; i >= 0; i--) {
      held |= Number.parseInt(hex.charAt(i), 16) << bits;
      bits += 4;
      if (bits >= DIGIT_BITS) put();
    }
    if (held > 0) put();
    // The top digit must not be zero.
    while (at > start + 5 && this.bytes[at - 1] === 0 && this.bytes[at - 2] === 0) at -= 2;
    const digits = (at - start - 5) / 2;
    this.head(CODE.long, negative ? -digits : digits);
    this.length = at;
  }

  /** A name: Python keeps one string for all of the same text, and finds attributes quicker. */
  name(value: string): void {
    this.#text(value, CODE.shortAsciiInterned);
  }

  text(value: string): void {
    this.#text(value, CODE.shortAscii);
  }

  #text(value: string, short: number): void {
    const { length } = value;
    if (length > SHORT_TEXT) {
      this.#longText(value);
      return;
    }
    this.reserve(2 + length);
    const { bytes } = this;
    const start = this.length;
    let at = start + 2;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.#longText(value);
        return;
      }
      bytes[at++] = unit;
    }
    bytes[start] = short;
    bytes[start + 1] = length;
    this.length = at;
  }

  #longText(value: string): void {
    // At most three bytes a UTF-16 unit: a pair of two units has four.
    const most = value.length * 3;
    if (value.length + this.length > this.limit) this.#refuse();
    const size = most <= FIRST_BYTES ? most : Buffer.byteLength(value);
    this.reserve(5 + size);
    const start = this.length;
    const written = (value as WellFormed).isWellFormed()
      ? this.bytes.write(value, start + 5, 'utf8')
      : this.#surrogates(value, start + 5);
    this.head(CODE.text, written);
    this.length = start + 5 + written;
  }

  /** UTF-8 in which a half of a pair is three bytes of its own, as Python's surrogatepass reads. */
  #surrogates(value: string, start: number): number {
    const { bytes } = this;
    let at = start;
    for (const one of value) {
      const point = one.codePointAt(0) as number;
      if (point >= 0xd800 && point <= 0xdfff) {
        bytes[at++] = 0xe0 | (point >>> 12);
        bytes[at++] = 0x80 | ((point >>> 6) & 0x3f);
        bytes[at++] = 0x80 | (point & 0x3f);
      } else {
        at += bytes.write(one, at, 'utf8');
      }
    }
    return at - start;
  }

  data(code: number, value: Uint8Array): void {
    this.head(code, value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** What was encoded elsewhere. */
  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** A copy of what was written, and the writer is empty again. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.length);
    this.bytes.copy(taken, 0, 0, this.length);
    this.reset();
    return taken;
  }

  reset(): void {
    this.length = 0;
    // One large message must not hold its memory for ever.
    if (this.bytes.length > 2 ** 20) this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }
}
