/**
 * The part of PEP 440 that `requires-python` uses, for released interpreter versions. An
 * interpreter must be chosen before any Python runs, so this cannot be left to `packaging`.
 */

/** Numbers of a release: `[3, 12, 1]`. */
export type Release = readonly number[];

type Operator = '>=' | '<=' | '>' | '<' | '==' | '!=' | '~=';

interface Clause {
  readonly operator: Operator;
  readonly release: Release;
  readonly wildcard: boolean;
}

const CLAUSE = /^(>=|<=|==|!=|~=|>|<)\s*v?(\d+(?:\.\d+)*)(\.\*)?(?:(?:a|b|rc|\.post|\.dev)\d*)?$/;

/** Reads `">=3.11,<3.14"`. Undefined when some clause is not a version specifier. */
export function parseSpecifier(text: string): readonly Clause[] | undefined {
  const clauses: Clause[] = [];
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const found = CLAUSE.exec(part);
    if (found === null) return undefined;
    const wildcard = found[3] !== undefined;
    const operator = found[1] as Operator;
    if (wildcard && operator !== '==' && operator !== '!=') return undefined;
    const release = parseRelease(found[2] ?? '');
    if (operator === '~=' && release.length < 2) return undefined;
    clauses.push({ operator, release, wildcard });
  }
  return clauses;
}

/** `"3.12.1"` → `[3, 12, 1]`; what follows the numbers (`rc1`, `+`) is left out. */
export function parseRelease(text: string): Release {
  const numbers = /^\d+(?:\.\d+)*/.exec(text)?.[0] ?? '0';
  return numbers.split('.').map(Number);
}

/** Negative, zero or positive; missing numbers count as zero (`3.12` is `3.12.0`). */
export function compareReleases(a: Release, b: Release): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function startsWith(version: Release, prefix: Release): boolean {
  return prefix.every((number, i) => (version[i] ?? 0) === number);
}

function holds(version: Release, clause: Clause): boolean {
  const order = compareReleases(version, clause.release);
  switch (clause.operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '==':
      return clause.wildcard ? startsWith(version, clause.release) : order === 0;
    case '!=':
      return !(clause.wildcard ? startsWith(version, clause.release) : order === 0);
    case '~=':
      return order >= 0 && startsWith(version, clause.release.slice(0, -1));
  }
}

/** Does a version satisfy every clause of a specifier that `parseSpecifier` accepts? */
export function satisfies(version: string, specifier: string): boolean {
  const clauses = parseSpecifier(specifier) ?? [];
  const release = parseRelease(version);
  return clauses.every((clause) => holds(release, clause));
}

/** The lowest `3.N`, from 3.11 on, that some release of a specifier can have: `"3.11"`. */
export function lowestMinor(specifier: string): string {
  const clauses = parseSpecifier(specifier) ?? [];
  let lowest: Release = [3, 11];
  for (const { operator, release } of clauses) {
    const bounds = operator === '>=' || operator === '>' || operator === '==' || operator === '~=';
    const minor = [release[0] ?? 3, release[1] ?? 0];
    if (bounds && compareReleases(minor, lowest) > 0) lowest = minor;
  }
  return lowest.join('.');
}

/**
 * Does a specifier leave no version at all from a minimum on? What it says changes only at the
 * releases that it names: those, and what comes right after them, answer for all others.
 */
export function excludesFrom(specifier: string, minimum: string): boolean {
  const clauses = parseSpecifier(specifier) ?? [];
  const lowest = parseRelease(minimum);
  const after = ({ release }: Clause): Release[] => [
    release,
    [...release, 0, 1],
    [...release.slice(0, -1), (release.at(-1) ?? 0) + 1],
  ];
  return ![lowest, ...clauses.flatMap(after)].some(
    (release) =>
      compareReleases(release, lowest) >= 0 && clauses.every((clause) => holds(release, clause)),
  );
}
