// What the rivals need around them: their own folder of packages, and an interpreter they find.
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const requireRival = createRequire(new URL('../rivals/package.json', import.meta.url));

/**
 * The embedding rivals take the first python3 on PATH, and know no environments.
 * @param {import('./contestant.mjs').BenchPython} python
 */
export function embeddingEnvironment(python) {
  return {
    PATH: `${join(python.prefix, 'bin')}:${process.env['PATH']}`,
    PYTHONPATH: `${python.site}:${python.helpers}`,
  };
}
