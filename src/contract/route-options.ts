import { fieldError, listOf, plainObject, type Rule, show } from './fields.ts';
import { type PoolOptions, type PoolSettings, readPoolOptions } from './pool-options.ts';

/**
 * What runs in a worker unless `isolate` says otherwise: libraries that start CUDA. A process that
 * did so once cannot be rid of it, and goes down with it.
 */
export const CUDA_LIBRARIES: readonly string[] = Object.freeze([
  'torch.cuda',
  'cupy',
  'cupyx',
  'numba.cuda',
  'pycuda',
  'cudf',
  'cuml',
  'cugraph',
  'rmm',
  'tensorrt',
  'pynvml',
]);

/** Options of `snakepit()`: those of its pool, and what runs there. */
export interface SnakepitOptions extends PoolOptions {
  /**
   * Modules, classes or functions by their dotted names, each with all below it. The CUDA libraries
   * unless given; an empty array isolates nothing by name.
   */
  readonly isolate?: readonly string[] | undefined;
}

/** {@link SnakepitOptions} after the door. */
export interface RouteSettings {
  readonly isolate: readonly string[];
  /** A rule is on a CUDA library: the GPUs are the workers' alone. */
  readonly cuda: boolean;
  /** Options of the pool, which is made when the first call needs it. */
  readonly pool: PoolOptions;
  readonly settings: PoolSettings;
}

const NAME = /^[^\W\d]\w*(\.[^\W\d]\w*)*$/u;

const dottedName: Rule<string> = (value, name) => {
  if (typeof value === 'string' && NAME.test(value)) return value;
  throw fieldError(name, `expected a dotted Python name such as 'torch.cuda', got ${show(value)}`);
};

/** Whether `name` is `rule`, or below it. */
export function isBelow(name: string, rule: string): boolean {
  return name.startsWith(rule) && (name.length === rule.length || name[rule.length] === '.');
}

/**
 * @example
 * readSnakepitOptions({ isolate: ["torch.cuda", "faiss"], workers: 2 }).cuda; // true
 */
export function readSnakepitOptions(raw?: unknown): RouteSettings {
  const { isolate: rules, ...others } = raw === undefined ? {} : plainObject(raw, 'options');
  const isolate =
    rules === undefined ? CUDA_LIBRARIES : listOf(dottedName)(rules, 'options.isolate');
  const cuda = isolate.some((rule) =>
    CUDA_LIBRARIES.some((library) => isBelow(library, rule) || isBelow(rule, library)),
  );
  // Workers that no rule sends to the GPU have no use for it.
  const devices = others['devices'] ?? (cuda ? 'auto' : 'none');
  const pool: PoolOptions = { ...others, devices: devices as PoolOptions['devices'] };
  return Object.freeze({ isolate, cuda, pool, settings: readPoolOptions(pool) });
}
