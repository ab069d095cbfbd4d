import type { RemoteFace } from '../contract/remote-face.ts';
import { helperFiles } from '../helpers/helpers.ts';
import { createRemoteFace } from '../remote/face.ts';
import { ThreadExecutor } from '../threads/thread-executor.ts';
import { BUILT_IN } from './built-in-helpers.ts';
import { remoteMemory } from './remote-memory.ts';

/** The face `py.async` of a project's Python, which is open. Once a JS thread. */
export function createAsyncFace(project: string): RemoteFace {
  const executor = new ThreadExecutor({ helpers: helperFiles(project, BUILT_IN) });
  return createRemoteFace({
    executor,
    name: 'py.async',
    extras: (bound) => ({ ...remoteMemory(bound), stats: () => executor.stats }),
  }) as RemoteFace;
}
