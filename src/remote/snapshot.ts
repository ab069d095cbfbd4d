import { ModuleName, type Operand } from '../contract/batch.ts';
import { isKw } from '../contract/kw.ts';
import { ConversionError } from '../errors/errors.ts';
import { HandleElsewhereError } from '../errors/worker-errors.ts';
import type { Link } from './link.ts';
import type { Slot } from './pending-call.ts';
import { callOf, placeOf } from './place.ts';

/** Arguments as they were when the call was made, with slots for the results of other calls. */
export interface Arguments {
  readonly args: readonly Operand[];
  readonly kwargs: Readonly<Record<string, Operand>>;
  readonly slots: readonly Slot[];
}

type Put = (operand: Operand) => void;

/** The codec has a lower one, and says where; deeper ones would fill the stack. */
const DEPTH_LIMIT = 1000;

/** Copies containers, so that what the caller changes afterwards is not sent; memory is shared. */
class Snapshot {
  readonly slots: Slot[] = [];
  readonly #link: Link;
  readonly #seen = new Map<object, object>();
  #depth = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  take(value: unknown, put: Put): void {
    if (typeof value === 'function') put(this.#reference(value, put));
    else if (typeof value === 'object' && value !== null) put(this.#copy(value));
    else put(value);
  }

  /** What stands in the slot until it is filled, or the value itself where it is no handle. */
  #reference(value: object, fill: Put): Operand {
    const place = placeOf(value);
    if (place === undefined) return value;
    if (place.kind === 'module') return new ModuleName(place.module);
    if (place.link.owner !== this.#link.owner) {
      throw new HandleElsewhereError(
        `An object of ${place.link.name} was passed to ${this.#link.name}. Objects stay where ` +
          'they are: make the call there, or pass data ($toJS(), fromNumpy()).',
      );
    }
    this.slots.push({ call: callOf(place), fill });
    return null;
  }

  #copy(value: object): object {
    const known = this.#seen.get(value);
    if (known !== undefined) return known;
    if (this.#depth >= DEPTH_LIMIT) {
      throw new ConversionError(
        `data nested deeper than ${String(DEPTH_LIMIT)} levels does not convert`,
        { path: '' },
      );
    }
    this.#depth += 1;
    const copy = this.#container(value);
    this.#depth -= 1;
    return copy;
  }

  #container(value: object): object {
    if (Array.isArray(value)) return this.#array(value);
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#set(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#object(value);
    // Whoever awaits it gets its rejection, and until then it counts as handled.
    if (value instanceof Promise) void value.then(undefined, () => undefined);
    // No container: the codec knows it, or refuses it by its path.
    return value;
  }

  #array(value: readonly unknown[]): object {
    const copy: unknown[] = [];
    this.#seen.set(value, copy);
    for (let i = 0; i < value.length; i += 1) {
      this.take(value[i], (operand) => {
        copy[i] = operand;
      });
    }
    return copy;
  }

  #object(value: object): object {
    const copy = Object.create(null) as Record<string, unknown>;
    this.#seen.set(value, copy);
    for (const [key, item] of Object.entries(value)) {
      this.take(item, (operand) => {
        copy[key] = operand;
      });
    }
    return copy;
  }

  #map(value: ReadonlyMap<unknown, unknown>): object {
    const copy = new Map<unknown, unknown>();
    this.#seen.set(value, copy);
    const entries = [...value].map(([key, item]): [unknown, unknown] => [key, item]);
    // Made anew when a slot is filled, for a key keeps its place in the order.
    const renew = (entry: [unknown, unknown], part: 0 | 1): Put => {
      return (operand) => {
        entry[part] = operand;
        copy.clear();
        for (const [key, item] of entries) copy.set(key, item);
      };
    };
    for (const entry of entries) {
      this.take(entry[0], lazily(entry, 0, renew(entry, 0)));
      this.take(entry[1], lazily(entry, 1, renew(entry, 1)));
    }
    for (const [key, item] of entries) copy.set(key, item);
    return copy;
  }

  #set(value: ReadonlySet<unknown>): object {
    const copy = new Set<unknown>();
    this.#seen.set(value, copy);
    const items = [...value].map((item): [unknown] => [item]);
    for (const item of items) {
      const renew: Put = (operand) => {
        item[0] = operand;
        copy.clear();
        for (const [one] of items) copy.add(one);
      };
      this.take(item[0], lazily(item, 0, renew));
    }
    for (const [one] of items) copy.add(one);
    return copy;
  }
}

/** The first answer only stands in the list; later ones, when a slot is filled, make it anew. */
function lazily(list: unknown[], at: number, renew: Put): Put {
  let first = true;
  return (operand) => {
    if (first) list[at] = operand;
    else renew(operand);
    first = false;
  };
}

/** Reads a call's arguments: `kw()` in last place, undefined in last places dropped. */
export function readArguments(link: Link, given: readonly unknown[]): Arguments {
  const last = given.at(-1);
  if (isKw(last)) return snapshot(link, given.slice(0, -1), last.values);
  return snapshot(link, given, {});
}

/** @throws HandleElsewhereError for an object of another placement. */
export function snapshot(link: Link, given: readonly unknown[], named: object): Arguments {
  let count = given.length;
  // JavaScript's habit of passing undefined for "not given".
  while (count > 0 && given[count - 1] === undefined) count -= 1;
  const taken = new Snapshot(link);
  const args: Operand[] = [];
  for (let i = 0; i < count; i += 1) {
    taken.take(given[i], (operand) => {
      args[i] = operand;
    });
  }
  const kwargs = Object.create(null) as Record<string, Operand>;
  for (const [name, value] of Object.entries(named)) {
    if (value === undefined) continue;
    taken.take(value, (operand) => {
      kwargs[name] = operand;
    });
  }
  return { args, kwargs, slots: taken.slots };
}
