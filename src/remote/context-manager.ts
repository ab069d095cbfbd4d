import { type Bound, call, type Place, placeOf } from './place.ts';
import { settle } from './results.ts';
import { snapshot } from './snapshot.ts';

function managerOf(manager: unknown): Place {
  const place = placeOf(manager);
  if (place !== undefined) return place;
  throw new TypeError(`with() and enter() take a remote context manager, got ${typeof manager}`);
}

/** Calls `__exit__`; true where it swallowed the error. */
async function leave(bound: Bound, manager: Place, failure: readonly unknown[]): Promise<boolean> {
  const given = snapshot(bound.link, failure, {});
  const asked = call(bound, manager, { op: 'exit', given }, leave);
  asked.call.want = 'value';
  return (await settle(asked)) === true;
}

/** An expression that makes a manager makes one for each use: it is made once and kept here. */
async function held(place: Place): Promise<Place> {
  const settled = placeOf(await settle(place));
  return settled ?? place;
}

/** `with manager as value:`, around an async body. Errors of the body reach `__exit__`. */
export async function withManager(
  bound: Bound,
  manager: unknown,
  body: (value: unknown) => unknown,
): Promise<unknown> {
  const place = await held(managerOf(manager));
  const value = await settle(call(bound, place, { op: 'enter' }, withManager));
  let result: unknown;
  try {
    result = await body(value);
  } catch (error) {
    // Python is told what it says; what the caller gets is the error itself.
    if (await leave(bound, place, [String(error)])) return undefined;
    throw error;
  }
  await leave(bound, place, []);
  return result;
}

/** What `__enter__` gave, with an async dispose that leaves. */
export async function enterManager(bound: Bound, manager: unknown): Promise<unknown> {
  const place = await held(managerOf(manager));
  const value = await settle(call(bound, place, { op: 'enter' }, enterManager));
  const exit = async (): Promise<void> => {
    await leave(bound, place, []);
  };
  return disposable(value, exit);
}

/** The value with another dispose: a handle's own lets go of the object, this one leaves too. */
function disposable(value: unknown, exit: () => Promise<void>): unknown {
  if (typeof value !== 'function') return { value, [Symbol.asyncDispose]: exit };
  return new Proxy(value, {
    get: (target, key) =>
      key === Symbol.asyncDispose ? exit : (Reflect.get(target, key) as unknown),
  });
}
