import type { RemoteFace } from '../contract/remote-face.ts';
import { helperFiles } from '../helpers/helpers.ts';
import { createRemoteFace } from '../remote/face.ts';
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

/** The face `py.async` of a project's Python, which is open. */
export function createAsyncFace(project: string): RemoteFace {
  const executor = threadExecutor(project);
  return createRemoteFace({
    executor,
    name: 'py.async',
    extras: (bound) => ({ ...remoteMemory(bound), stats: () => executor.stats }),
  }) as RemoteFace;
}
