/** A template's text, with a name where a value goes. */
export interface InlineSource {
  /** Raw: backslashes as Python sees them. */
  readonly source: string;
  /** One for each value, in order. Python refuses one that is not read as a value. */
  readonly names: readonly string[];
}

/** Whether it is what JavaScript hands to a tag; text that was made at run time is none. */
export function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && Array.isArray((value as { raw?: unknown }).raw);
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
