const LIMIT = 200;

/** Where the value that is encoded now sits, for the message of an error. */
export class ValuePath {
  readonly #keys: (string | number)[] = [];

  start(root: string): void {
    this.#keys.length = 0;
    this.#keys.push(root, '');
  }

  down(): void {
    this.#keys.push('');
  }

  up(): void {
    this.#keys.pop();
  }

  /** The place in the innermost container. */
  at(key: string | number): void {
    this.#keys[this.#keys.length - 1] = key;
  }

  text(): string {
    let path = '';
    for (const key of this.#keys) {
      path += typeof key === 'number' ? `[${key}]` : path === '' ? key : `.${key}`;
    }
    // The middle of a long path says little.
    if (path.length <= LIMIT) return path;
    return `${path.slice(0, LIMIT / 2)}...${path.slice(-LIMIT / 2)}`;
  }
}
