import { expect } from 'vitest';

import { failure, type InlineFace, type InlineRow } from './support/inline.ts';

const plain: readonly (readonly [name: string, run: (py: InlineFace) => unknown, is: unknown])[] = [
  ['an expression gives its value', (py) => py`1 + 2`, 3],
  ['values are bound', (py) => py`${'a"b'} + ${"\n'c"}`, 'a"b\n\'c'],
  ['one value twice', (py) => py`${2} ** ${2}`, 4],
  [
    'undefined is None',
    (py) => py`repr([${undefined}, ${null}]) + repr(${undefined})`,
    '[None, None]None',
  ],
  ['backslashes are Python’s', (py) => py`len("\n\\") + len(r"\d")`, 4],
  ['an empty text gives null', (py) => py``, null],
  [
    'nothing but comments gives null',
    (py) => py`
    # one
      # two
  `,
    null,
  ],
  [
    'a comment may lead an expression',
    (py) => py`
    # why
    1 + 1  # what
  `,
    2,
  ],
  [
    'a block gives what it returns',
    (py) => py`
    total = 0
    for x in ${[1, 2, 3]}:
        total += x
    return total
  `,
    6,
  ],
  [
    'a block without return gives null',
    (py) => py`
    x = 1
    x + 1
  `,
    null,
  ],
  [
    'a block on the first line',
    (py) => py`x = ${20}
    if x > 3:
      return x + 1
    return 0`,
    21,
  ],
  [
    'a body under the first line',
    (py) => py`for x in range(3, 9):
    return x`,
    3,
  ],
  [
    'an expression over lines, as inside parentheses',
    (py) => py`
    ${' Abc '}
      .strip()
      .lower()
  `,
    'abc',
  ],
  [
    'brackets over lines, however indented',
    (py) => py`
      return sum([
    1,
  2])
  `,
    3,
  ],
  [
    'imports inside',
    (py) => py`
    from math import floor as down
    import math
    return down(math.pi)
  `,
    3,
  ],
  [
    'a decorator, a class and a closure',
    (py) => py`
    import functools

    @functools.lru_cache
    def twice(x):
        return 2 * x

    class Box:
        value = ${5}
        def get(self):
            return self.value + ${1} + twice(2)

    return Box().get()
  `,
    10,
  ],
  [
    'a comprehension sees names and values',
    (py) => py`
    k = 10
    return sum([x * k for x in ${[1, 2]} if x < ${9}])
  `,
    30,
  ],
  ['a walrus', (py) => py`(y := ${5}) + y`, 10],
  [
    'tabs',
    (py) => py`
	if True:
		return 'tab'
  `,
    'tab',
  ],
  [
    'a long string keeps what is beyond the margin',
    (py) => py`
    text = """one
      two

    three"""
    return text
  `,
    'one\n  two\n\nthree',
  ],
  [
    'a long string may stand left of the margin',
    (py) => py`
    text = """
left"""
    return text
  `,
    '\nleft',
  ],
  [
    'f-strings take placeholders in their braces',
    (py) => py`f"{${1}} {${'x'}!r} {${3}:>{${4}}}"`,
    "1 'x'    3",
  ],
  ['unpacking', (py) => py`dict(a=1, **${{ b: 2 }})["b"] + len([*${[1, 2]}, 3])`, 5],
  [
    'a block may use names that look like ours',
    (py) => py`
    _snakepit_0_ = 1
    return _snakepit_0_ + ${1}
  `,
    2,
  ],
];

const values: readonly InlineRow[] = [
  ...plain.map(([name, run, is]) => ({
    name: `inline: ${name}`,
    async run(face: InlineFace) {
      expect(await run(face)).toBe(is);
    },
  })),
  {
    name: 'inline: objects cross as themselves',
    async run(face) {
      const np = face.import('numpy');
      const a = await np.arange(6).reshape([2, 3]);
      expect(await face`${a} @ ${a}.T`.$toJS()).toEqual({
        data: new BigInt64Array([5n, 14n, 14n, 50n]),
        shape: [2, 2],
        dtype: 'int64',
      });
    },
  },
  {
    name: 'inline: a typed array is its memory',
    async run(face) {
      expect(await face`${new Float64Array([1, 2, 3])}.sum()`).toBe(6);
    },
  },
  {
    name: 'inline: a block that yields gives a generator',
    async run(face) {
      const seen: unknown[] = [];
      for await (const x of face`
        for x in range(${3}):
            yield x * x
      `) {
        seen.push(x);
      }
      expect(seen).toEqual([0, 1, 4]);
    },
  },
  {
    name: 'inline: names are local, one call knows nothing of another',
    async run(face) {
      await face`
        leak = 1
        return leak
      `;
      expect((await failure(() => face`leak`)).type).toBe('NameError');
    },
  },
  {
    name: 'inline: one place in the source is compiled once, with new values each time',
    async run(face) {
      const at = (x: number): any => face`${x} * 2`;
      expect([await at(1), await at(2), await at(3)]).toEqual([2, 4, 6]);
    },
  },
];

/** What inline Python gives, the same in every placement. */
export const inlineTable: readonly InlineRow[] = values;
