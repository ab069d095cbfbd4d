import { expect } from 'vitest';

import { type CallbackRow, thrown } from './callbacks-table.ts';

/** Members of a proxy that a later version has: they say so, and what to do until then. */
export const unbuilt: readonly CallbackRow[] = [
  {
    name: '$arrow of what has no Arrow data, and $async, say what to do instead',
    run(face) {
      const list = face.import('builtins').list([1]);
      const arrow = thrown(() => list.$arrow());
      expect(arrow).toMatchObject({ code: expect.stringMatching(/^ERR_/) as string });
      expect((arrow as Error).message).toMatch(/pyarrow\.array\(x\)/);
      const async = thrown(() => list.$async);
      expect(async).toMatchObject({ code: expect.stringMatching(/^ERR_/) as string });
      expect((async as Error).message).toMatch(/py\.async\.import/);
    },
  },
];
