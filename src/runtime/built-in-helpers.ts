import { fileURLToPath } from 'node:url';

/** The helper packs that come with snakepit. */
export const BUILT_IN: string = fileURLToPath(new URL('../../python/helpers', import.meta.url));
