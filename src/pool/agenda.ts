/** When to look at something again. */
interface Entry<T> {
  readonly at: number;
  readonly item: T;
}

/**
 * Things to do later, the earliest first (a binary heap). Nothing is taken out early: whoever is
 * reminded looks whether it still matters.
 */
export class Agenda<T> {
  readonly #heap: Entry<T>[] = [];

  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(at: number, item: T): void {
    const heap = this.#heap;
    const entry = { at, item };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= at) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  /** Takes one that is due; undefined where none is. */
  due(now: number): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first.item;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const right = heap[child + 1];
      if (right !== undefined && right.at < (heap[child]?.at ?? Infinity)) child += 1;
      const below = heap[child];
      if (below === undefined || below.at >= entry.at) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = entry;
  }
}
