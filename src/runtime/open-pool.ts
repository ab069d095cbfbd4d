import { readSessionOptions, type SessionOptions } from '../contract/options.ts';
import type { PoolOptions } from '../contract/pool-options.ts';
import type { Pool, Session } from '../contract/remote-face.ts';
import { PoolExecutor } from '../pool/pool-executor.ts';
import { helperFiles } from '../helpers/helpers.ts';
import { createRemoteFace } from '../remote/face.ts';
import { remoteMemory } from './remote-memory.ts';
import { BUILT_IN } from './built-in-helpers.ts';
import { SessionHome } from './session-home.ts';

function nameOf(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new TypeError(`session() takes a name, got ${typeof name}: pool.session('alice')`);
}

function openSession(pool: PoolExecutor, given: unknown, raw?: SessionOptions): Session {
  const name = nameOf(given);
  const { affinity, init } = readSessionOptions(raw);
  const parts = { name: `session ${name}`, owner: pool };
  // Its own calls must not wait for the state that they make.
  const inner = (): unknown =>
    createRemoteFace({ ...parts, executor: home.executor, extras: remoteMemory });
  const home = new SessionHome(pool, name, affinity, init === null ? null : () => init(inner()));
  return createRemoteFace({
    ...parts,
    executor: home,
    extras: (bound) => ({
      ...remoteMemory(bound),
      name,
      close: () => home.close(),
      [Symbol.asyncDispose]: () => home.close(),
    }),
  }) as Session;
}

/** Starts the workers, and puts a face before them. */
export async function openPool(options?: PoolOptions): Promise<Pool> {
  const executor = await PoolExecutor.open(options, (project) => helperFiles(project, BUILT_IN));
  return createRemoteFace({
    executor,
    name: 'the pool',
    extras: (bound) => ({
      ...remoteMemory(bound),
      session: (name: string, raw?: SessionOptions) => openSession(executor, name, raw),
      stats: () => executor.stats,
      drain: () => executor.drain(),
      close: () => executor.close(),
      [Symbol.asyncDispose]: () => executor.close(),
    }),
  }) as Pool;
}
