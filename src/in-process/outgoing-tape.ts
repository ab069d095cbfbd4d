import { loadBinding } from '../native/load.ts';
import { ALIKE, mix, mixNumber, mixText, Sightings } from './sightings.ts';
import { CAPACITY, TAGS } from './tape.ts';

/** Longer texts go by themselves: they would be copied twice on the tape. */
const LONG_TEXT = 1024;
/** Text on a tape before it is handed over. */
const TEXT_LIMIT = 1 << 16;
/** So many first members of a container tell it from others. */
export const TELLING = 16;

/** The tape to Python of one level: native code reads it whenever it is full. */
export class OutgoingTape {
  readonly #tags = new Uint8Array(CAPACITY);
  readonly #numbers = new Float64Array(CAPACITY);
  #tag = 0;
  #number = 0;
  #text = '';
  #others: unknown[] = [];
  /** In the order of the tape. */
  readonly #seen = new Sightings();
  /** Where the container began that is being told from others. */
  #startTag = 0;
  #startNumber = 0;
  #startText = '';
  /** Of its first members: the fingerprint, and the one that does not count for it. */
  #print = 0;
  #pending: unknown = undefined;

  constructor(level: number) {
    loadBinding().registerTape(level, this.#tags, this.#numbers, false);
  }

  /** How many tags are left on it. */
  end(): number {
    if (this.#text !== '' || this.#others.length > 0) this.#flush();
    return this.#tag;
  }

  reset(): void {
    this.#tag = 0;
    this.#number = 0;
    this.#text = '';
    if (this.#others.length > 0) this.#others = [];
    this.#startText = '';
    this.#pending = undefined;
    this.#seen.reset();
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

  put(tag: number): void {
    if (this.#tag === CAPACITY) this.#flush();
    this.#tags[this.#tag++] = tag;
  }

  putNumber(tag: number, number: number): void {
    if (this.#tag === CAPACITY) this.#flush();
    this.#tags[this.#tag++] = tag;
    this.#numbers[this.#number++] = number;
  }

  putOther(value: unknown): void {
    this.put(TAGS.other);
    this.#others.push(value);
  }

  putText(text: string): void {
    if (text.length > LONG_TEXT) {
      this.putOther(text);
      return;
    }
    this.putNumber(TAGS.text, text.length);
    this.#text += text;
    if (this.#text.length > TEXT_LIMIT) this.#flush();
  }

  /** A container's tag, and room for its first members, so that it can be taken back. */
  begin(tag: number, number: number): void {
    if (this.#tag >= CAPACITY - TELLING || this.#text.length > TEXT_LIMIT) this.#flush();
    this.#startTag = this.#tag;
    this.#startNumber = this.#number;
    this.#startText = this.#text;
    this.#tags[this.#tag++] = tag;
    this.#numbers[this.#number++] = number;
    this.#print = mix(tag, number);
  }

  /** Writes one of the first members. False: it does not tell, and is pending. */
  tell(value: unknown): boolean {
    let tag: number;
    switch (typeof value) {
      case 'number':
        tag = TAGS.number;
        this.#numbers[this.#number++] = value;
        this.#print = mixNumber(this.#print, value);
        break;
      case 'string':
        if (value.length > LONG_TEXT) {
          this.#pending = value;
          return false;
        }
        tag = TAGS.text;
        this.#numbers[this.#number++] = value.length;
        this.#text += value;
        this.#print = mixText(this.#print, value);
        break;
      case 'boolean':
        tag = value ? TAGS.true : TAGS.false;
        this.#print = mix(this.#print, value ? ALIKE.true : ALIKE.false);
        break;
      case 'undefined':
        tag = TAGS.null;
        this.#print = mix(this.#print, ALIKE.undefined);
        break;
      case 'object':
      case 'bigint':
      case 'function':
      case 'symbol':
        if (value !== null) {
          this.#pending = value;
          return false;
        }
        tag = TAGS.null;
        this.#print = mix(this.#print, ALIKE.null);
    }
    this.#tags[this.#tag++] = tag;
    return true;
  }

  /** Whether the container stood on the tape already: then only that does now. */
  isKnown(value: object): boolean {
    const place = this.#seen.placeOf(value, this.#print);
    if (place < 0) return false;
    this.#tag = this.#startTag;
    this.#number = this.#startNumber;
    this.#text = this.#startText;
    this.#pending = undefined;
    this.putNumber(TAGS.again, place);
    return true;
  }

  /** The member that `tell` refused. */
  takePending(): unknown {
    const value = this.#pending;
    this.#pending = undefined;
    return value;
  }
}
