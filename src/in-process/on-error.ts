import type { Kw } from '../contract/kw.ts';
import type { OnError } from '../contract/on-error.ts';
import { fallbackFor } from '../errors/match.ts';
import { HandleElsewhereError } from '../errors/worker-errors.ts';
import { publish } from '../events/events.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { nameOf } from './names.ts';
import { idOf, own } from './own.ts';

/** A call whose failure `onError` may answer; `run` makes it the first time. */
export function underOnError(
  onError: OnError,
  target: unknown,
  args: readonly unknown[],
  kwargs: Kw<object> | null,
  run: () => unknown,
): unknown {
  try {
    return run();
  } catch (error) {
    const answer = fallbackFor(error, onError);
    if (answer === null) throw error;
    const device = typeof answer === 'function' ? null : answer.device;
    publish('fallback', () => ({ name: nameOfCall(target), error, device }));
    if (typeof answer === 'function') return answer(error);
    return onDevice(answer.device, target, args, kwargs, error);
  }
}

/** As Python spells it, for events. */
function nameOfCall(target: unknown): string {
  const name = loadBinding().findAttr(idOf(target) as HandleId, nameOf('__qualname__'));
  return typeof name === 'string' ? name : 'call';
}

function onDevice(
  device: string,
  target: unknown,
  args: readonly unknown[],
  kwargs: Kw<object> | null,
  cause: unknown,
): unknown {
  const binding = loadBinding();
  const refused = binding.callAsIs(own('fallback', 'refusal'), device, target);
  if (refused !== null) throw new HandleElsewhereError(refused as string, { cause });
  const values = kwargs?.values ?? {};
  return binding.callWithKeywords(
    own('fallback', 'call'),
    [device, target, ...args],
    Object.keys(values),
    Object.values(values),
  );
}
