import { createRequire } from 'node:module';

type ArrowRoom = typeof import('../arrow/arrow.ts');

/** A file of its own, which nobody loads who has no Arrow data: `require`, because nothing waits. */
export const loadArrow = (): ArrowRoom =>
  createRequire(import.meta.url)('../arrow/arrow.js') as ArrowRoom;
