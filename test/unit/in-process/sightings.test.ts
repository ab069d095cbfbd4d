import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { mixNumber, mixText, Sightings } from '../../../src/in-process/sightings.ts';

/** What a Set and a position would say. */
function model(): (value: object) => number {
  const places = new Map<object, number>();
  return (value) => {
    const place = places.get(value) ?? -1;
    if (place < 0) places.set(value, places.size);
    return place;
  };
}

describe('sightings', () => {
  test('say what a Map says, however alike the fingerprints are', () => {
    const run = fc.record({
      prints: fc.constantFrom(1, 3, 50, 1 << 20, 2 ** 31),
      picks: fc.array(fc.nat(600), { maxLength: 2000 }),
    });
    fc.assert(
      fc.property(run, ({ prints, picks }) => {
        const objects = Array.from({ length: 601 }, (_, i) => ({ i }));
        const sightings = new Sightings();
        for (let round = 0; round < 2; round++) {
          const expected = model();
          for (const pick of picks) {
            const object = objects[pick] as object;
            const print = (Math.imul(pick, 0x01000193) % prints) | 0;
            expect(sightings.placeOf(object, print)).toBe(expected(object));
          }
          sightings.reset();
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a hundred thousand that look alike are no slower than the few that do not', () => {
    // With a search among those alike this would be 5e9 steps.
    const sightings = new Sightings();
    const objects = Array.from({ length: 100_000 }, () => ({}));
    for (const object of objects) expect(sightings.placeOf(object, 7)).toBe(-1);
    expect(objects.every((object, place) => sightings.placeOf(object, 7) === place)).toBe(true);
  });

  test('prints made to meet in one slot are given up', () => {
    // The upper bits choose the slot: multiples of the inverse of the multiplier are neighbours.
    const sightings = new Sightings();
    const inverse = 0x0e8b2f51;
    const objects = Array.from({ length: 50_000 }, () => ({}));
    for (const [i, object] of objects.entries()) {
      expect(sightings.placeOf(object, Math.imul(inverse, i))).toBe(-1);
    }
    const again = objects.every(
      (object, i) => sightings.placeOf(object, Math.imul(inverse, i)) === i,
    );
    expect(again).toBe(true);
  });

  test('fingerprints tell numbers and texts apart, and know a NaN', () => {
    const numbers = [0, -0, 0.1, 0.2, 1, -1, 2 ** 40, 2 ** 41, 1e300, Infinity, -Infinity, NaN];
    expect(new Set(numbers.map((value) => mixNumber(1, value))).size).toBe(numbers.length);
    const quiet = new Float64Array(new BigUint64Array([0x7ff8000000000001n]).buffer);
    expect(mixNumber(1, quiet[0] as number)).toBe(mixNumber(1, NaN));
    const texts = ['', 'a', 'b', 'ab', 'ba', 'a long text ends in 1', 'a long text ends in 2'];
    expect(new Set(texts.map((text) => mixText(1, text))).size).toBe(texts.length);
  });
});
