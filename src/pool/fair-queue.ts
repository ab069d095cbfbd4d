/** What waits: only its id and its place matter here. */
export interface Waiting {
  readonly id: number;
  /** Who asked: each gets the same share, however much it has waiting. */
  readonly tenant: string;
}

/** First in, first out, with removal from the middle: a Map keeps the order of insertion. */
class Lane<T extends Waiting> {
  /** What had its turn before and lost its worker goes first. */
  readonly #again: Map<number, T> = new Map<number, T>();
  readonly #items: Map<number, T> = new Map<number, T>();

  get isEmpty(): boolean {
    return this.#again.size === 0 && this.#items.size === 0;
  }

  add(item: T, again: boolean): void {
    (again ? this.#again : this.#items).set(item.id, item);
  }

  remove(id: number): boolean {
    return this.#again.delete(id) || this.#items.delete(id);
  }

  take(): T | undefined {
    for (const lane of [this.#again, this.#items]) {
      for (const [id, item] of lane) {
        lane.delete(id);
        return item;
      }
    }
    return undefined;
  }
}

/** The tenants of one worker, or of all workers, taking turns. */
type Ring<T extends Waiting> = Map<string, Lane<T>>;

function takeFrom<T extends Waiting>(ring: Ring<T>): T | undefined {
  for (const [tenant, lane] of ring) {
    // To the end of the ring, unless it was its last.
    ring.delete(tenant);
    const item = lane.take();
    if (!lane.isEmpty) ring.set(tenant, lane);
    if (item !== undefined) return item;
  }
  return undefined;
}

interface Place {
  readonly worker: number | null;
  readonly tenant: string;
}

/**
 * Calls that wait for a worker: bounded, first come first served within a tenant, turn by turn
 * among tenants, and turn by turn between what only one worker can do and what any can. Every
 * operation costs the same, however much waits.
 */
export class FairQueue<T extends Waiting> {
  readonly limit: number;
  readonly #rings: Map<number | null, Ring<T>> = new Map<number | null, Ring<T>>();
  readonly #places: Map<number, Place> = new Map<number, Place>();
  /** Workers whose own calls had the last turn. */
  readonly #ownLast: Set<number> = new Set<number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.#places.size;
  }

  get isFull(): boolean {
    return this.#places.size >= this.limit;
  }

  /** `worker`: the only one that can take it. `again`: it was out once, and goes first. */
  add(item: T, worker: number | null, again: boolean): void {
    let ring = this.#rings.get(worker);
    if (ring === undefined) this.#rings.set(worker, (ring = new Map<string, Lane<T>>()));
    let lane = ring.get(item.tenant);
    if (lane === undefined) ring.set(item.tenant, (lane = new Lane()));
    lane.add(item, again);
    this.#places.set(item.id, { worker, tenant: item.tenant });
  }

  remove(id: number): boolean {
    const place = this.#places.get(id);
    if (place === undefined) return false;
    this.#places.delete(id);
    const ring = this.#rings.get(place.worker);
    const lane = ring?.get(place.tenant);
    lane?.remove(id);
    if (lane?.isEmpty === true) ring?.delete(place.tenant);
    this.#dropIfEmpty(place.worker);
    return true;
  }

  /** The next for this worker. */
  take(worker: number): T | undefined {
    const ownFirst = !this.#ownLast.has(worker);
    for (const own of [ownFirst, !ownFirst]) {
      const ring = this.#rings.get(own ? worker : null);
      const item = ring === undefined ? undefined : takeFrom(ring);
      if (item === undefined) continue;
      if (own) this.#ownLast.add(worker);
      else this.#ownLast.delete(worker);
      this.#places.delete(item.id);
      this.#dropIfEmpty(own ? worker : null);
      return item;
    }
    return undefined;
  }

  /** Everything of a tenant that any worker could take is now for this one alone. */
  bind(tenant: string, worker: number): readonly T[] {
    const moved = this.#takeLane(null, tenant);
    for (const item of moved) this.add(item, worker, false);
    return moved;
  }

  /** Takes out what only this worker could have done, in order. */
  orphan(worker: number): readonly T[] {
    this.#ownLast.delete(worker);
    const ring = this.#rings.get(worker);
    return ring === undefined
      ? []
      : [...ring.keys()].flatMap((tenant) => this.#takeLane(worker, tenant));
  }

  /** Takes out everything. */
  clear(): readonly T[] {
    const items: T[] = [];
    for (const [worker, ring] of [...this.#rings]) {
      for (const tenant of [...ring.keys()]) items.push(...this.#takeLane(worker, tenant));
    }
    return items;
  }

  #takeLane(worker: number | null, tenant: string): readonly T[] {
    const ring = this.#rings.get(worker);
    const lane = ring?.get(tenant);
    const items: T[] = [];
    for (let item = lane?.take(); item !== undefined; item = lane?.take()) {
      this.#places.delete(item.id);
      items.push(item);
    }
    ring?.delete(tenant);
    this.#dropIfEmpty(worker);
    return items;
  }

  #dropIfEmpty(worker: number | null): void {
    if (this.#rings.get(worker)?.size === 0) this.#rings.delete(worker);
  }
}
