/** What the guard asks of the addon. */
interface HeldBuffers {
  isHeld(buffer: ArrayBuffer): boolean;
}

type Transfer = (this: ArrayBuffer, newLength?: number) => ArrayBuffer;
type Prototype = Record<'transfer' | 'transferToFixedLength', Transfer | undefined>;

/**
 * Node 22's V8 resizes memory in place when `transfer(n)` is asked for another length, under the
 * feet of whoever holds it. Here such a transfer copies what fits and detaches the original, which
 * is what the specification says it looks like. Newer engines do that themselves.
 *
 * By address, not by object: a buffer that was moved before is another object over the same memory.
 */
export function guardTransfers(binding: HeldBuffers): void {
  const prototype = ArrayBuffer.prototype as unknown as Prototype;
  for (const name of ['transfer', 'transferToFixedLength'] as const) {
    const original = prototype[name];
    if (original === undefined) continue;
    const guarded = {
      [name](this: ArrayBuffer, ...lengths: [newLength?: number]): ArrayBuffer {
        const asked: unknown = lengths[0];
        const length = asked === undefined ? this.byteLength : Number(asked);
        if (length === this.byteLength || !(length >= 0) || !binding.isHeld(this)) {
          return original.apply(this, lengths);
        }
        const moved = new ArrayBuffer(Math.trunc(length));
        const kept = Math.min(this.byteLength, moved.byteLength);
        new Uint8Array(moved).set(new Uint8Array(this, 0, kept));
        original.call(this);
        return moved;
      },
    }[name];
    Object.defineProperty(prototype, name, { value: guarded, configurable: true, writable: true });
  }
}
