/** Containers that are compared one by one, before a table is worth its memory. */
const FEW = 8;
/** Containers of one fingerprint, and places looked at for one, before fingerprints are given up. */
const ALIKE_LIMIT = 8;
const PROBE_LIMIT = 64;
const FIRST_SLOTS = 128;
/** 2^32 / golden ratio, and its relatives of MurmurHash3's finaliser. */
const SPREAD = 0x9e3779b1;
const MIX_LOW = 0x85ebca6b;
const MIX_HIGH = 0xc2b2ae35;
/** Of a text only so many characters count, at its end and at its start. */
const TEXT_END = 12;
const TEXT_START = 4;

const number = new Float64Array(1);
const [low, high] = [0, 1] as const;
const words = new Int32Array(number.buffer);

/** Members that no fingerprint tells apart: null, booleans and what has no bits to look at. */
export const ALIKE = { null: 1, undefined: 2, true: 3, false: 4, nan: 5 } as const;

export function mix(print: number, word: number): number {
  const mixed = Math.imul(print ^ word, MIX_LOW);
  return mixed ^ (mixed >>> 15);
}

export function mixNumber(print: number, value: number): number {
  if (Number.isNaN(value)) return mix(print, ALIKE.nan);
  number[0] = value;
  return mix(Math.imul(print ^ (words[high] as number), MIX_HIGH), words[low] as number);
}

export function mixText(print: number, text: string): number {
  const { length } = text;
  let mixed = mix(print, length);
  const start = length > TEXT_END ? length - TEXT_END : 0;
  for (let i = start; i < length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), MIX_HIGH);
  const head = start < TEXT_START ? start : TEXT_START;
  for (let i = 0; i < head; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), MIX_HIGH);
  return mixed;
}

const NO_PLACES = new Int32Array(0);

/** A byte that is not 0, of other bits than those that choose the slot. */
const markOf = (print: number): number => (print & 0xff) | 1;

/**
 * The containers that one conversion met, in their order. JavaScript has no address to hash an
 * object by, and a Set of a million objects costs more than all the rest of their conversion: so
 * they are looked up by a fingerprint of what they hold, and compared by identity. An object that
 * answers differently each time may be taken for a new one. Where too many look alike, a Map
 * serves.
 */
export class Sightings {
  #order: object[] = [];
  #prints: Int32Array = new Int32Array(FEW);
  /**
   * Open addressing, half of it free: a byte of each fingerprint, 0 where there is none, and apart
   * from it the place. Nearly every look ends at the byte, and the bytes of a million fit into the
   * processor's cache.
   */
  #marks: Uint8Array | undefined = undefined;
  #places: Int32Array = NO_PLACES;
  #shift = 0;
  #map: Map<object, number> | undefined = undefined;

  reset(): void {
    if (this.#order.length > 0) this.#order = [];
    if (this.#marks !== undefined) this.#prints = new Int32Array(FEW);
    this.#marks = undefined;
    this.#places = NO_PLACES;
    this.#map = undefined;
  }

  /** The place of a container that was met before; -1: it is new, and noted. */
  placeOf(value: object, print: number): number {
    const order = this.#order;
    const count = order.length;
    if (this.#map !== undefined) return this.#placeInMap(this.#map, value);
    if (count < FEW) {
      const place = order.indexOf(value);
      if (place < 0) this.#note(value, print);
      return place;
    }
    if (this.#marks === undefined || count * 2 >= this.#marks.length) this.#grow();
    const marks = this.#marks as unknown as Uint8Array;
    const mark = markOf(print);
    let slot = Math.imul(print, SPREAD) >>> this.#shift;
    let alike = 0;
    for (let probes = 0; ; probes++) {
      const found = marks[slot] as number;
      if (found === 0) break;
      if (found === mark) {
        const place = this.#places[slot] as number;
        if (order[place] === value) return place;
        if (this.#prints[place] === print) alike += 1;
      }
      if (alike > ALIKE_LIMIT || probes > PROBE_LIMIT) return this.#giveUp(value);
      slot = (slot + 1) & (marks.length - 1);
    }
    this.#note(value, print);
    marks[slot] = mark;
    this.#places[slot] = count;
    return -1;
  }

  #note(value: object, print: number): void {
    const count = this.#order.push(value);
    if (count > this.#prints.length) {
      const more = new Int32Array(count * 2);
      more.set(this.#prints);
      this.#prints = more;
    }
    this.#prints[count - 1] = print;
  }

  #grow(): void {
    const size = this.#marks === undefined ? FIRST_SLOTS : this.#marks.length * 2;
    const shift = Math.clz32(size) + 1;
    const marks = new Uint8Array(size);
    const places = new Int32Array(size);
    const count = this.#order.length;
    for (let place = 0; place < count; place++) {
      const print = this.#prints[place] as number;
      let slot = Math.imul(print, SPREAD) >>> shift;
      while (marks[slot] !== 0) slot = (slot + 1) & (size - 1);
      marks[slot] = markOf(print);
      places[slot] = place;
    }
    this.#marks = marks;
    this.#places = places;
    this.#shift = shift;
  }

  #giveUp(value: object): number {
    this.#marks = undefined;
    this.#places = NO_PLACES;
    this.#map = new Map(this.#order.map((one, place) => [one, place]));
    return this.#placeInMap(this.#map, value);
  }

  #placeInMap(map: Map<object, number>, value: object): number {
    const place = map.get(value);
    if (place !== undefined) return place;
    map.set(value, map.size);
    return -1;
  }
}
