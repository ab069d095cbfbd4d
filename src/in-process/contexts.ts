import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { checkedBody, isThenable } from './checked.ts';
import { idOf, own } from './own.ts';
import { raising } from './raising.ts';

interface Entered {
  readonly value: unknown;
  /** Leaves the manager with what ended the block; true: it suppresses that. */
  readonly leave: (error: unknown) => boolean;
}

function start(manager: unknown): Entered {
  const binding = loadBinding();
  const pair = binding.callAsIs(own('contexts', 'enter'), manager);
  // Each entry asks the proxy anew: an id alone does not keep the handle.
  const value = binding.index(idOf(pair) as HandleId, 0);
  const leave = binding.index(idOf(pair) as HandleId, 1) as Entered['leave'];
  binding.dispose(idOf(pair) as HandleId);
  return { value, leave };
}

/** Leaves with an error, and throws it on unless the manager suppresses it. */
function fail({ leave }: Entered, error: unknown): void {
  const { exception, back } = raising(error);
  let suppressed: boolean;
  try {
    suppressed = leave(exception);
  } catch (raised) {
    throw back(raised);
  }
  if (!suppressed) throw error;
}

async function settle(result: PromiseLike<unknown>, entered: Entered): Promise<unknown> {
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    fail(entered, error);
    return undefined;
  }
  entered.leave(null);
  return value;
}

/** `py.with`: Python's `with`, whose block is a function. */
export function withManager(manager: unknown, body: (value: unknown) => unknown): unknown {
  checkedBody(body, 'py.with(manager, body)');
  const entered = start(manager);
  let result: unknown;
  try {
    result = body(entered.value);
  } catch (error) {
    fail(entered, error);
    return undefined;
  }
  if (isThenable(result)) return settle(result, entered);
  entered.leave(null);
  return result;
}

/** The same Python object with another end: `using` leaves the manager, not the handle. */
class EnteredHandler implements ProxyHandler<object> {
  readonly #leave: () => void;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  get(target: object, key: string | symbol): unknown {
    return key === Symbol.dispose ? this.#leave : Reflect.get(target, key);
  }
}

/** `py.enter`: a manager that `using` leaves; each of its ways out leaves once. */
export function enterManager(manager: unknown): Disposable {
  const { value, leave } = start(manager);
  let left = false;
  const end = (): void => {
    if (left) return;
    left = true;
    leave(null);
  };
  if (typeof value === 'function') return new Proxy(value, new EnteredHandler(end)) as Disposable;
  // A plain value has no members of its own: in a box it counts as itself, and may have one.
  const box: object = value === null || value === undefined ? {} : (Object(value) as object);
  return Object.defineProperty(box, Symbol.dispose, { value: end }) as Disposable;
}
