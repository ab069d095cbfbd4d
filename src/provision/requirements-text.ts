import type { LockedPackage } from './lock.ts';

/** `name==version ; marker`, or `name @ address ; marker`. */
const ROW = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(?:==(\S+)| @ (\S+))(?: ; (.+?))?$/;

/** Reads what `uv pip compile --generate-hashes` wrote: one package a row, continued by `\`. */
export function parseRequirements(text: string): readonly LockedPackage[] {
  const rows = text.replaceAll(/\\\r?\n/g, ' ').split('\n');
  return rows.flatMap((row): LockedPackage[] => {
    const [head = '', ...hashes] = row.split(/\s+--hash=/).map((part) => part.trim());
    if (head === '' || head.startsWith('#')) return [];
    const [, name, version, direct = '', marker = null] = ROW.exec(head) ?? [];
    if (name === undefined) throw new Error(`snakepit: uv wrote a row that is not known: ${head}`);
    return [{ name, version: version ?? { direct }, marker, hashes }];
  });
}

/** The same rows, for `uv pip sync --require-hashes`, and as what `uv pip compile` prefers. */
export function requirementsText(packages: readonly LockedPackage[]): string {
  const rows = packages.map(({ name, version, marker, hashes }) => {
    const what = typeof version === 'string' ? `==${version}` : ` @ ${version.direct}`;
    const where = marker === null ? '' : ` ; ${marker}`;
    return `${name}${what}${where}${hashes.map((hash) => ` \\\n    --hash=${hash}`).join('')}\n`;
  });
  return rows.join('');
}
