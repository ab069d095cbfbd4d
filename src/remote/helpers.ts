import { type Bound, call, type Place } from './place.ts';
import { readArguments } from './snapshot.ts';

type Named = Readonly<Record<string, unknown>>;

/** An object that has whatever name is asked for. */
function byName(make: (name: string) => unknown): Named {
  return new Proxy(
    {},
    { get: (_none, key) => (typeof key === 'string' && key !== 'then' ? make(key) : undefined) },
  );
}

/** `helpers.pack.fn(…)`: one step; the worker finds the pack in its project, or says what there is. */
export function helpers(bound: Bound): Named {
  const { link, settings } = bound;
  return byName((pack) => {
    const target: Place = { kind: 'module', link, settings, module: pack };
    return byName((name) => {
      const helper = (...args: unknown[]): unknown => {
        const given = readArguments(link, args);
        return link.proxyOf(call(bound, target, { op: 'helper', name, given }, helper), false);
      };
      return helper;
    });
  });
}
