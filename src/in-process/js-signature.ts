const OPENING = '([{';
const CLOSING = ')]}';
const QUOTES = '"\'`';

/** Where a quoted text, or a comment, that begins at `start` ends. */
function skip(source: string, start: number): number {
  const opening = source.charAt(start);
  if (source.startsWith('//', start)) return endOr(source.indexOf('\n', start), source);
  if (source.startsWith('/*', start)) return endOr(source.indexOf('*/', start + 2) + 1, source);
  let end = start + 1;
  while (end < source.length && source.charAt(end) !== opening) {
    end += source.charAt(end) === '\\' ? 2 : 1;
  }
  return end;
}

const endOr = (found: number, source: string): number => (found > 0 ? found : source.length);

const opensSkipped = (source: string, at: number): boolean =>
  QUOTES.includes(source.charAt(at)) || source.startsWith('//', at) || source.startsWith('/*', at);

/** The texts between the commas of the parameter list whose parenthesis is at `start`. */
function split(source: string, start: number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (let i = start; i < source.length; i++) {
    const char = source.charAt(i);
    if (opensSkipped(source, i)) {
      const end = skip(source, i);
      if (char !== '/') part += source.slice(i, end + 1);
      i = end;
      continue;
    }
    if (CLOSING.includes(char)) depth -= 1;
    if (depth === 0 && char === ')') return part.trim() === '' ? parts : [...parts, part];
    if (depth === 1 && char === ',') {
      parts.push(part);
      part = '';
    } else if (depth > 0) part += char;
    if (OPENING.includes(char)) depth += 1;
  }
  return parts;
}

const NAME = /^[A-Za-z_]\w*$/;

/** `name`, `name=` where it has a default, `*name` for the rest; a pattern gets a name. */
function spell(part: string, index: number): string {
  const text = part.trim();
  const rest = text.startsWith('...');
  const [name = ''] = (rest ? text.slice(3) : text).split('=', 1);
  const plain = NAME.test(name.trim()) ? name.trim() : `arg${String(index)}`;
  if (rest) return `*${plain}`;
  return text.includes('=') && !/^[[{]/.test(text) ? `${plain}=` : plain;
}

function fromLength(length: number): string[] {
  return [...Array.from({ length }, (_, i) => `arg${String(i)}`), '*args'];
}

/**
 * A function's parameters as Python's `inspect.signature` shows them, read from its source;
 * numbered ones where there is no source (bound and built-in functions).
 */
export function parametersOf(value: (...args: never) => unknown): string[] {
  const source = Function.prototype.toString.call(value);
  if (/\{\s*\[native code\]\s*\}$/.test(source)) return fromLength(value.length);
  const single = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(source);
  if (single !== null) return [spell(single[1] ?? '', 0)];
  if (source.startsWith('class')) return ['*args'];
  const names = split(source, source.indexOf('(')).map(spell);
  return new Set(names).size === names.length ? names : fromLength(value.length);
}
