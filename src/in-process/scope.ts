import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { collectTensors, NativeTensor } from '../tensor/native-tensor.ts';
import { checkedBody, refuseThenable } from './checked.ts';
import { everHeld, idOf } from './own.ts';

// What a body returns is rarely deep; a structure without end is kept as far as this.
const DEPTH = 100;

interface Kept {
  readonly handles: HandleId[];
  /** Of returned tensors and views: whatever tensor shows the same memory stays. */
  readonly buffers: Set<ArrayBufferLike>;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function membersOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value as Iterable<unknown>;
  if (value instanceof Map) {
    const map: ReadonlyMap<unknown, unknown> = value;
    return [...map.keys(), ...map.values()];
  }
  return isPlain(value) ? Object.values(value as Record<string, unknown>) : [];
}

function bufferOf(value: object): ArrayBufferLike | null {
  if (NativeTensor.is(value)) return NativeTensor.bufferOf(value);
  if (ArrayBuffer.isView(value)) return value.buffer;
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer ? value : null;
}

/** Notes the proxies, and the memory of tensors and views, that a returned value is, or holds in plain containers. */
function keep(value: unknown, kept: Kept, seen: Set<object>, depth: number): void {
  const id = idOf(value);
  if (id !== undefined) {
    kept.handles.push(id);
    return;
  }
  if (typeof value !== 'object' || value === null || seen.has(value) || depth > DEPTH) return;
  seen.add(value);
  const buffer = bufferOf(value);
  if (buffer !== null) kept.buffers.add(buffer);
  else for (const member of membersOf(value)) keep(member, kept, seen, depth + 1);
}

/**
 * Frees every proxy and tensor that is born inside, but what `body` returns: at once, where a
 * synchronous loop would otherwise wait for collections.
 */
export function scope<R>(body: () => R): R {
  checkedBody(body, 'py.scope(body)');
  const binding = loadBinding();
  const kept: Kept = { handles: [], buffers: new Set() };
  const born: NativeTensor[] = [];
  const before = collectTensors(born);
  const held = everHeld().length;
  binding.openScope();
  try {
    const result = body();
    refuseThenable(result, 'py.scope(body)');
    keep(result, kept, new Set(), 0);
    return result;
  } finally {
    collectTensors(before);
    for (const tensor of born) {
      const buffer = NativeTensor.bufferOf(tensor);
      if (buffer !== null && kept.buffers.has(buffer)) before?.push(tensor);
      else tensor.$dispose();
    }
    // What the bridge took for itself meanwhile, `len` say, it uses for good.
    binding.closeScope([...kept.handles, ...everHeld().slice(held)]);
  }
}
