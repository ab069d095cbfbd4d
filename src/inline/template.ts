import { show } from '../contract/fields.ts';

/** A template's text, with a name where a value goes. */
export interface InlineSource {
  /** Raw: backslashes as Python sees them. */
  readonly source: string;
  /** One for each value, in order. Python refuses one that is not read as a value. */
  readonly names: readonly string[];
}

/** What JavaScript hands to a tag; text that was made at run time is none. */
export function assertTemplate(value: unknown): asserts value is TemplateStringsArray {
  if (Array.isArray(value) && Array.isArray((value as { raw?: unknown }).raw)) return;
  throw new TypeError(
    `py is the tag of a template, py\`…\`, and got ${show(value)}. For code that is made at ` +
      'run time take py.exec(code, { in, out })',
  );
}

/**
 * Puts names in the places of the values, which are bound to them and never pasted.
 *
 * python/snakepit/places.py knows these names. No underscore pair in front: Python renames such
 * names inside of classes.
 */
export function joinTemplate({ raw }: TemplateStringsArray): InlineSource {
  let salt = '';
  while (raw.some((part) => part.includes(`_snakepit${salt}_`))) salt = String(Number(salt) + 1);
  const names = raw.slice(1).map((_, i) => `_snakepit${salt}_${String(i)}_`);
  return { source: raw.map((part, i) => part + (names[i] ?? '')).join(''), names };
}
