import { fieldError } from '../contract/fields.ts';
import { readSessionOptions, type SessionOptions } from '../contract/options.ts';
import type { PoolOptions } from '../contract/pool-options.ts';
import type { Pool, Session } from '../contract/remote-face.ts';
import { PoolExecutor } from '../pool/pool-executor.ts';
import { helperFiles } from '../helpers/helpers.ts';
import { allocShared } from '../tensor/shared.ts';
import { type Bound, createRemoteFace } from '../remote/face.ts';
import { remoteMemory } from './remote-memory.ts';
import { BUILT_IN } from './built-in-helpers.ts';
import { SessionHome } from './session-home.ts';

function nameOf(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new TypeError(`session() takes a name, got ${typeof name}: pool.session('alice')`);
}

/** The open sessions of a pool, by name: a payload names one too. */
class Sessions {
  readonly #pool: PoolExecutor;
  readonly #homes: Map<string, SessionHome> = new Map<string, SessionHome>();

  constructor(pool: PoolExecutor) {
    this.#pool = pool;
  }

  open(given: unknown, raw?: SessionOptions): Session {
    const name = nameOf(given);
    const { affinity, init } = readSessionOptions(raw);
    const parts = { name: `session ${name}`, owner: this.#pool };
    const memory = (bound: Bound): object => ({ ...remoteMemory(bound), alloc: allocShared });
    // Its own calls must not wait for the state that they make.
    const inner = (): unknown =>
      createRemoteFace({ ...parts, executor: home.executor, extras: memory });
    const make = init === null ? null : () => init(inner());
    const home = new SessionHome(this.#pool, name, affinity, make);
    this.#homes.set(name, home);
    const close = async (): Promise<void> => {
      if (this.#homes.get(name) === home) this.#homes.delete(name);
      await home.close();
    };
    return createRemoteFace({
      ...parts,
      executor: home,
      homeOf: (session) => {
        if (session === name) return home;
        const problem = `is ${JSON.stringify(session)}, and this is session ${JSON.stringify(name)}`;
        throw fieldError('payload.session', problem);
      },
      extras: (bound) => ({ ...memory(bound), name, close, [Symbol.asyncDispose]: close }),
    }) as Session;
  }

  /** The session of that name; one without `init` where none is open. */
  homeOf(name: string): SessionHome {
    const known = this.#homes.get(name);
    if (known !== undefined) return known;
    const home = new SessionHome(this.#pool, name, 'strict', null);
    this.#homes.set(name, home);
    return home;
  }
}

/** Starts the workers, and puts a face before them. */
export async function openPool(options?: PoolOptions): Promise<Pool> {
  const executor = await PoolExecutor.open(options, (project) => helperFiles(project, BUILT_IN));
  const sessions = new Sessions(executor);
  return createRemoteFace({
    executor,
    name: 'the pool',
    homeOf: (session) => sessions.homeOf(session),
    extras: (bound) => ({
      ...remoteMemory(bound),
      alloc: allocShared,
      session: (name: string, raw?: SessionOptions) => sessions.open(name, raw),
      sandbox: executor.sandbox,
      stats: () => executor.stats,
      drain: () => executor.drain(),
      close: () => executor.close(),
      [Symbol.asyncDispose]: () => executor.close(),
    }),
  }) as Pool;
}
