import type { RemoteFace } from '../contract/remote-face.ts';
import { helperFiles } from '../helpers/helpers.ts';
import type { PythonFace } from '../in-process/open.ts';
import { loadBinding } from '../native/load.ts';
import { type Bound, createRemoteFace, remoteValue } from '../remote/face.ts';
import { ThreadExecutor } from '../threads/thread-executor.ts';
import { BUILT_IN } from './built-in-helpers.ts';
import { remoteMemory } from './remote-memory.ts';

/** Of this JS thread. */
let threads: ThreadExecutor | null = null;

/** What runs the calls of `py.async`, and those of a routed runtime that stay in this process. */
export function threadExecutor(project: string): ThreadExecutor {
  threads ??= new ThreadExecutor({ helpers: helperFiles(project, BUILT_IN) });
  return threads;
}

export interface AsyncFace {
  readonly face: RemoteFace;
  /** The same object on this face: what `$async` gives. */
  readonly lift: (proxy: unknown) => unknown;
}

/** The face `py.async` of a project's Python, which is open; `sync` is its other face. */
export function createAsyncFace(project: string, sync: () => PythonFace): AsyncFace {
  const executor = threadExecutor(project);
  let own: Bound | undefined;
  const face = createRemoteFace({
    executor,
    name: 'py.async',
    here: (n) => {
      const lanes = sync().import<ObjectsOfLanes>('_snakepit.lanes');
      return lanes.object_of(loadBinding().asyncHome(), n);
    },
    extras: (bound) => {
      own ??= bound;
      return { ...remoteMemory(bound), stats: () => executor.stats };
    },
  }) as RemoteFace;
  return { face, lift: (proxy) => remoteValue(own as Bound, proxy) };
}

/** What python/snakepit/lanes.py has for the synchronous face. */
interface ObjectsOfLanes {
  object_of(home: number, n: number): unknown;
}
