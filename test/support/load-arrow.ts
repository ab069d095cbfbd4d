import * as arrow from '../../src/arrow/arrow.ts';

/** As src/in-process/load-arrow.ts; test/package loads what is built. */
export const loadArrow = (): typeof arrow => arrow;
