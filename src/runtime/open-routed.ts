import type { Routed } from '../contract/remote-face.ts';
import { readSnakepitOptions, type SnakepitOptions } from '../contract/route-options.ts';
import { locate } from '../provision/locate.ts';
import { createRemoteFace } from '../remote/face.ts';
import { alloc } from '../tensor/transfer.ts';
import { threadExecutor } from './async-face.ts';
import { open } from './create-runtime.ts';
import { RoutedPool } from './lazy-pool.ts';
import { remoteMemory } from './remote-memory.ts';
import { RoutedExecutor } from './routed-executor.ts';

const HIDE = 'CUDA_VISIBLE_DEVICES';

/** The environment as workers should have it: before the first runtime hid the GPUs from us. */
let before: NodeJS.ProcessEnv | null = null;

function hideDevices(): void {
  before ??= { ...process.env };
  process.env[HIDE] = '';
}

/** Opens Python in this process, and a face that sends to workers what the rules say. */
export function openRouted(options?: SnakepitOptions): Routed {
  const { isolate, cuda, pool: poolOptions, settings } = readSnakepitOptions(options);
  if (cuda) hideDevices();
  const { project, copy } = settings;
  const py = open({ copy, ...(project === null ? {} : { project }) });
  // A Python that was open before, or a worker_thread's, has its own idea of the environment.
  if (cuda) py.exec(`import os; os.environ['${HIDE}'] = ''`);
  const pool = new RoutedPool(poolOptions, before ?? process.env);
  const local = threadExecutor(locate(project ?? undefined).project);
  const executor = new RoutedExecutor({ local, pool, rules: { isolate, cuda }, copy });
  const close = (): Promise<void> => pool.close();
  return createRemoteFace({
    executor,
    name: 'snakepit()',
    extras: (bound) => ({
      ...remoteMemory(bound),
      alloc,
      stats: () => pool.stats,
      drain: () => pool.drain(),
      close,
      [Symbol.asyncDispose]: close,
    }),
  }) as Routed;
}
