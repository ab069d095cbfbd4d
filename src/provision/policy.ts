/** What a sync may change by itself. */
export interface Policy {
  /** `--frozen`, SNAKEPIT_FROZEN=1: nothing. */
  readonly frozen: boolean;
  /** Under CI too: a lock that no longer fits is an error, for somebody to look at. */
  readonly strict: boolean;
}

const isSet = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());

export function readPolicy(env: NodeJS.ProcessEnv, frozen: boolean | undefined): Policy {
  const isFrozen = frozen ?? isSet(env['SNAKEPIT_FROZEN']);
  return { frozen: isFrozen, strict: isFrozen || isSet(env['CI']) };
}
