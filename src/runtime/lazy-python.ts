import type { PythonFace } from '../in-process/open.ts';
import { noteEntrance } from '../inline/call-site.ts';
import { open } from './create-runtime.ts';

// The face is the tag of py`…`, so its stand-in is a function too.
const target = (() => undefined) as unknown as PythonFace;

const apply = noteEntrance((_target: object, _self: unknown, args: unknown[]): unknown =>
  Reflect.apply(open(), undefined, args as [TemplateStringsArray, ...unknown[]]),
);

/**
 * `open()` with its defaults, on first use.
 *
 * @example
 * import { py } from "snakepit";
 * py.import("math").sqrt(2);
 * py`sum(${[1, 2, 3]})`; // 6
 */
export const py: PythonFace = new Proxy<PythonFace>(target, {
  apply,
  get: (_target, key) => Reflect.get(open(), key) as unknown,
  has: (_target, key) => Reflect.has(open(), key),
  ownKeys: () => Reflect.ownKeys(open()),
  getOwnPropertyDescriptor: (_target, key) => {
    const own = Reflect.getOwnPropertyDescriptor(open(), key);
    // A proxy may not report as fixed what its empty target lacks.
    return own === undefined ? undefined : { ...own, configurable: true };
  },
});
