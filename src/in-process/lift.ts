import type { RemoteFace } from '../contract/remote-face.ts';
import type { PythonFace } from './python-face.ts';

/** Makes `py.async`, and what gives an object of this face on that one. */
export type MakeAsync = (sync: () => PythonFace) => {
  readonly face: RemoteFace;
  readonly lift: (proxy: unknown) => unknown;
};

type Made = ReturnType<MakeAsync>;

let make: (() => Made) | undefined;
let made: Made | undefined;

/** Of this JS thread; nothing is made before somebody asks. */
export function installAsync(makeAsync: MakeAsync, sync: () => PythonFace): void {
  make = () => makeAsync(sync);
}

/** `py.async`, and its way to the same objects. */
export function asyncFace(): Made {
  made ??= make?.();
  if (made === undefined) throw new Error('lift.ts: no face was made');
  return made;
}
