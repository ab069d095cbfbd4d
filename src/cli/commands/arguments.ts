import { parseArgs } from 'node:util';

/** What all commands print their progress with: results go to stdout, the rest here. */
export function say(line: string): void {
  console.error(`snakepit: ${line}`);
}

/** The arguments of a command: `--project DIR`, some switches, and names where it takes any. */
export interface Arguments<Switch extends string> {
  /** Spread into the options of a door: absent where it was not given. */
  readonly project: { readonly project?: string };
  readonly on: Readonly<Record<Switch, boolean>>;
  readonly names: readonly string[];
}

export function readArguments<Switch extends string>(
  args: readonly string[],
  switches: readonly Switch[],
  { names = false }: { readonly names?: boolean } = {},
): Arguments<Switch> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      project: { type: 'string' },
      ...Object.fromEntries(switches.map((name) => [name, { type: 'boolean' as const }])),
    },
    allowPositionals: names,
  });
  const given = values as Readonly<Record<string, string | boolean | undefined>>;
  const { project } = values;
  return {
    project: typeof project === 'string' ? { project } : {},
    on: Object.fromEntries(switches.map((name) => [name, given[name] === true])) as Record<
      Switch,
      boolean
    >,
    names: positionals,
  };
}
