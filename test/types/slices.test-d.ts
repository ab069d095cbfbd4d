import { describe, expectTypeOf, test } from 'vitest';

import type { PythonProxy } from '../../src/contract/proxy.ts';
import type { ArrayProxy, SliceText } from '../../src/contract/slices.ts';

declare const a: ArrayProxy;
declare const some: string;

describe('slice grammar', () => {
  test('a text that Python’s side reads is itself', () => {
    expectTypeOf<SliceText<'1:3, ::2, ..., None'>>().toEqualTypeOf<'1:3, ::2, ..., None'>();
    expectTypeOf<SliceText<':'>>().toEqualTypeOf<':'>();
    expectTypeOf<SliceText<' -1 : +3 : -2 '>>().toEqualTypeOf<' -1 : +3 : -2 '>();
    expectTypeOf<SliceText<'007'>>().toEqualTypeOf<'007'>();
    expectTypeOf<SliceText<'0,newaxis,:'>>().toEqualTypeOf<'0,newaxis,:'>();
    expectTypeOf<SliceText<string>>().toEqualTypeOf<string>();
    expectTypeOf<SliceText<'field'>>().toEqualTypeOf<'field'>();
  });

  test('$at of an array takes texts, numbers, slices, masks, and several of them', () => {
    a.$at('1:3, ::2, ..., None');
    a.$at(0, -1, ':');
    a.$at(some, null, new Uint8Array([1, 0]), a);
    a.$del('1:');
    // @ts-expect-error: four parts are no slice
    a.$at('1:2:3:4');
    // @ts-expect-error: a bound is a whole number
    a.$at(0, '1:x');
    // @ts-expect-error: nothing between the commas
    a.$at('1,,2');
    // @ts-expect-error: no such word
    a.$at('1, Nothing');
    // @ts-expect-error: a sign alone
    a.$del('-:3');
  });

  test('elsewhere a text is a key, whatever it is', () => {
    const dict = a as PythonProxy;
    dict.$at('host:port:x:y');
    expectTypeOf<ArrayProxy>().toExtend<PythonProxy>();
  });
});
