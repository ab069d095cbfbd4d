import { SnakepitError } from './errors.ts';

/** There is no pyproject.toml to sync, or it cannot be read, or asks for what cannot be. */
export class ProjectError extends SnakepitError {
  static override readonly code: string = 'ERR_PROJECT';
}

/** A step of `snakepit sync` failed: uv, the package index, the packages themselves. */
export class ProvisionError extends SnakepitError {
  static override readonly code: string = 'ERR_PROVISION';
}

/** A sandbox profile was asked for that this system cannot keep. */
export class SandboxError extends SnakepitError {
  static override readonly code: string = 'ERR_SANDBOX';
}
