import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'scratch-';

/** A folder of `.snakepit` for what is needed during one step. */
export function scratchFolder(home: string): string {
  return mkdtempSync(join(home, NAME));
}

/** Drops what processes left that were killed. Only for who holds the sync lock. */
export function dropScratch(home: string): void {
  for (const name of existsSync(home) ? readdirSync(home) : []) {
    if (!name.startsWith(NAME)) continue;
    try {
      rmSync(join(home, name), { recursive: true, force: true });
    } catch {
      // A uv whose parent was killed may write there still: the next one drops it.
    }
  }
}
