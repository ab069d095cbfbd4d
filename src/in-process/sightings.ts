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
   * Open addressing, half of it free. The lower bits of a slot are the place, from 1, and the upper
   * ones those of the fingerprint: a table of a million is small enough for the processor's cache.
   */
  #slots: Int32Array | undefined = undefined;
  #placeBits = 0;
  #map: Map<object, number> | undefined = undefined;

  reset(): void {
    if (this.#order.length > 0) this.#order = [];
    if (this.#slots !== undefined) this.#prints = new Int32Array(FEW);
    this.#slots = undefined;
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
    if (this.#slots === undefined || count * 2 >= this.#slots.length) this.#grow();
    const slots = this.#slots as unknown as Int32Array;
    const bits = this.#placeBits;
    let slot = Math.imul(print, SPREAD) >>> (32 - bits);
    let alike = 0;
    for (let probes = 0; ; probes++) {
      const entry = slots[slot] as number;
      if (entry === 0) break;
      if ((entry ^ print) >>> bits === 0) {
        const place = (entry & (slots.length - 1)) - 1;
        if (order[place] === value) return place;
        alike += 1;
      }
      if (alike > ALIKE_LIMIT || probes > PROBE_LIMIT) return this.#giveUp(value);
      slot = (slot + 1) & (slots.length - 1);
    }
    this.#note(value, print);
    slots[slot] = ((print >>> bits) << bits) | (count + 1);
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
    const size = this.#slots === undefined ? FIRST_SLOTS : this.#slots.length * 2;
    const bits = 31 - Math.clz32(size);
    const slots = new Int32Array(size);
    const count = this.#order.length;
    for (let place = 1; place <= count; place++) {
      const print = this.#prints[place - 1] as number;
      let slot = Math.imul(print, SPREAD) >>> (32 - bits);
      while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      slots[slot] = ((print >>> bits) << bits) | place;
    }
    this.#slots = slots;
    this.#placeBits = bits;
  }

  #giveUp(value: object): number {
    this.#slots = undefined;
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
