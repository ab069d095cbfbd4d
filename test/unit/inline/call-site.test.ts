import { afterEach, describe, expect, it } from 'vitest';

import { callSite, type CallSite, noteEntrance } from '../../../src/inline/call-site.ts';

const place = (): CallSite | null => callSite(place);
const outer = noteEntrance((): CallSite | null => place());
const before = { ...Error };

describe('callSite', () => {
  afterEach(() => {
    Object.assign(Error, { prepareStackTrace: undefined }, before);
  });

  it('is where the user called', () => {
    const here = place();
    expect(here).toEqual({ file: import.meta.filename, line: 15, column: 18 });
  });

  it('is below the outermost entrance', () => {
    expect(outer()?.line).toBe(21);
  });

  it('leaves the limit of stacks as it was, and does not depend on it', () => {
    Error.stackTraceLimit = 0;
    expect(place()?.line).toBe(25);
    expect(Error.stackTraceLimit).toBe(0);
  });

  it('is null in code that is in no file', () => {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the case
    expect(new Function('place', 'return place()')(place)).toBeNull();
  });

  it("is null where a user's own prepareStackTrace gives no text", () => {
    Error.prepareStackTrace = () => 5;
    expect(place()).toBeNull();
  });
});
