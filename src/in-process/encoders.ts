/** Of one codec: while either of its functions runs, neither is asked. What it passes is as it is. */
export interface Turn {
  running: boolean;
}

/** One codec's half towards Python. */
export interface Encoder {
  readonly fromJS: (value: object) => unknown;
  readonly turn: Turn;
}

/** By the prototype of the class; null while no codec has a class. */
let encoders: ReadonlyMap<object, Encoder> | null = null;

export function setEncoders(next: ReadonlyMap<object, Encoder> | null): void {
  encoders = next;
}

/** The codec of an object's nearest class that has one. */
export function encoderOf(value: object): Encoder | undefined {
  if (encoders === null) return undefined;
  let at = Object.getPrototypeOf(value) as object | null;
  for (; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const found = encoders.get(at);
    if (found !== undefined) return found.turn.running ? undefined : found;
  }
  return undefined;
}
