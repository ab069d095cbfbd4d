import type { PythonFace } from '../in-process/open.ts';
import { open } from './create-runtime.ts';

/**
 * `open()` with its defaults, on first use.
 *
 * @example
 * import { py } from "snakepit";
 * py.import("math").sqrt(2);
 */
export const py: PythonFace = new Proxy({} as PythonFace, {
  get: (_target, key) => Reflect.get(open(), key) as unknown,
  has: (_target, key) => Reflect.has(open(), key),
  ownKeys: () => Reflect.ownKeys(open()),
  getOwnPropertyDescriptor: (_target, key) => {
    const own = Reflect.getOwnPropertyDescriptor(open(), key);
    // A proxy may not report as fixed what its empty target lacks.
    return own === undefined ? undefined : { ...own, configurable: true };
  },
});
