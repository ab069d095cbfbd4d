import { type CallSettings, readCallOptions } from '../contract/options.ts';

/** What no option was given for; the placement's own defaults hold. */
export const NO_OPTIONS: CallSettings = readCallOptions({});

/** The later one wins where it says something. */
export function mergeSettings(base: CallSettings, raw: unknown): CallSettings {
  const given = readCallOptions(raw);
  const named = raw as Readonly<Record<string, unknown>>;
  const said = Object.entries(given).filter(([name]) => named[name] !== undefined);
  return Object.freeze({ ...base, ...(Object.fromEntries(said) as Partial<CallSettings>) });
}
