import { expect } from 'vitest';

import { type CallbackRow, thrown } from './callbacks-table.ts';

/** Members of a proxy that not every object has: they say so, and what to do instead. */
export const unbuilt: readonly CallbackRow[] = [
  {
    name: '$arrow of what has no Arrow data says what to do instead',
    run(face) {
      const list = face.import('builtins').list([1]);
      const arrow = thrown(() => list.$arrow());
      expect(arrow).toMatchObject({ code: expect.stringMatching(/^ERR_/) as string });
      expect((arrow as Error).message).toMatch(/pyarrow\.array\(x\)/);
    },
  },
];
