import { normalised } from './records.ts';
import { parseToml } from './toml.ts';

/** An entry of the list: where its text stands, quotes included, and what it says. */
interface Entry {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

interface List {
  /** Of the opening bracket. */
  readonly start: number;
  /** Of the closing one. */
  readonly end: number;
  readonly entries: readonly Entry[];
}

/** The name that a requirement begins with, normalised. */
export function nameOf(requirement: string): string {
  return normalised(/^\s*([A-Za-z0-9][\w.-]*)/.exec(requirement)?.[1] ?? '');
}

/**
 * Writes requirements into `[project] dependencies` of a pyproject.toml, in place of those of the
 * same name; all else stays as it was written. Undefined for a file that only a person can edit.
 */
export function withRequirements(text: string, added: readonly string[]): string | undefined {
  let out = text;
  for (const requirement of added) {
    const prepared = withList(out);
    const list = prepared === undefined ? undefined : findList(prepared);
    if (prepared === undefined || list === undefined) return undefined;
    const same = list.entries.find(({ value }) => nameOf(value) === nameOf(requirement));
    const quoted = JSON.stringify(requirement);
    out =
      same === undefined
        ? inserted(prepared, list, quoted)
        : prepared.slice(0, same.start) + quoted + prepared.slice(same.end);
  }
  return isAsMeant(out, (names) => added.every((one) => names.includes(one))) ? out : undefined;
}

/** Takes the requirements of these names out; undefined as above, null where there is none. */
export function withoutRequirements(
  text: string,
  names: readonly string[],
): string | null | undefined {
  let out = text;
  for (const name of names) {
    const list = findList(out);
    if (list === undefined) return readDependencies(out)?.length === 0 ? null : undefined;
    const found = list.entries.filter(({ value }) => nameOf(value) === normalised(name));
    if (found.length === 0) return null;
    for (const entry of found.toReversed()) out = removed(out, list, entry);
  }
  const gone = names.map(normalised);
  return isAsMeant(out, (left) => !left.some((one) => gone.includes(nameOf(one))))
    ? out
    : undefined;
}

function readDependencies(text: string): readonly string[] | undefined {
  const toml = parseToml(text);
  if (toml.state === 'broken') return undefined;
  const { dependencies = [] } = (toml.table['project'] ?? {}) as { dependencies?: unknown };
  return Array.isArray(dependencies) ? (dependencies as string[]) : undefined;
}

/** What was edited by its text is read back as TOML: a wrong guess must not be written. */
function isAsMeant(text: string, meant: (names: readonly string[]) => boolean): boolean {
  const dependencies = readDependencies(text);
  return dependencies !== undefined && meant(dependencies);
}

/** The text with an empty list, where there is none yet. */
function withList(text: string): string | undefined {
  if (findList(text) !== undefined) return text;
  if (readDependencies(text)?.length !== 0) return undefined;
  const header = /^\[project\][^\n]*\n?/m.exec(text);
  if (header === null) {
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}\n[project]\ndependencies = []\n`;
  }
  // At the table's end: after the name and the version, as people write it.
  const from = header.index + header[0].length;
  const next = /^\s*\[/m.exec(text.slice(from));
  const end = next === null ? text.length : from + next.index;
  const table = text.slice(0, end).trimEnd();
  return `${table}\ndependencies = []\n${text.slice(table.length).replace(/^\n/, '')}`;
}

function findList(text: string): List | undefined {
  const header = /^\[project\][^\n]*$/m.exec(text);
  if (header === null) return undefined;
  const key = /^dependencies[ \t]*=[ \t]*\[/m.exec(text.slice(header.index));
  if (key === null) return undefined;
  const start = header.index + key.index + key[0].length - 1;
  const between = text.slice(header.index + header[0].length, start);
  if (/^\[[^\]\n]+\][ \t]*(#.*)?$/m.test(between)) return undefined; // of a later table
  const entries: Entry[] = [];
  const token = /#[^\n]*|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\],\s]|./gy;
  token.lastIndex = start + 1;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [word] = found;
    if (word === ']') return { start, end: found.index, entries };
    if (word.startsWith('"') || word.startsWith("'")) {
      const value = word.startsWith('"') ? unescaped(word) : word.slice(1, -1);
      if (value === undefined) return undefined;
      entries.push({ start: found.index, end: token.lastIndex, value });
    } else if (!/^[#,\s]/.test(word)) return undefined;
  }
  return undefined;
}

function unescaped(word: string): string | undefined {
  try {
    return JSON.parse(word) as string;
  } catch {
    return undefined;
  }
}

function inserted(text: string, list: List, quoted: string): string {
  const last = list.entries.at(-1);
  const inside = text.slice(list.start + 1, list.end);
  if (last === undefined) {
    const rest = inside.trim() === '' ? '' : inside; // comments stay
    return `${text.slice(0, list.start + 1)}${rest === '' ? '' : `\n  `}${quoted}${rest === '' ? '' : `,${rest}`}${text.slice(list.end)}`;
  }
  const after = text.slice(last.end, list.end);
  const comma = after.startsWith(',') || /^\s*,/.test(after);
  if (!inside.includes('\n')) {
    const head = text.slice(0, last.end);
    return `${head}, ${quoted}${comma ? after.replace(/^\s*,\s*/, ',') : after}${text.slice(list.end)}`;
  }
  const indent = /[ \t]*$/.exec(text.slice(0, last.start))?.[0] ?? '  ';
  const head = text.slice(0, last.end);
  return `${head},\n${indent}${quoted}${comma ? after.replace(/^\s*,/, ',') : `,${after}`}${text.slice(list.end)}`;
}

/** With its comma, and with its line where nothing else stands on it. */
function removed(text: string, list: List, entry: Entry): string {
  const comma = /^[ \t]*,[ \t]*/.exec(text.slice(entry.end))?.[0] ?? '';
  let [start, end] = [entry.start, entry.end + comma.length];
  if (comma === '') {
    // The last of a list without a closing comma: the one before it goes.
    const before = /,\s*$/.exec(text.slice(list.start, start))?.[0];
    if (before !== undefined) start -= before.length;
    return text.slice(0, start) + text.slice(end);
  }
  const indent = /\n[ \t]*$/.exec(text.slice(0, start))?.[0];
  const line = /^[ \t]*(#[^\n]*)?(?=\n)/.exec(text.slice(end))?.[0];
  if (indent !== undefined && line !== undefined) {
    start -= indent.length;
    end += line.length;
  }
  return text.slice(0, start) + text.slice(end);
}
