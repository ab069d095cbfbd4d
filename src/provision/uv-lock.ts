interface Row {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly source?: unknown;
  readonly 'resolution-markers'?: unknown;
}

/** Sources that are folders of the project: uv.lock has their versions, an index has not. */
const LOCAL = ['virtual', 'editable', 'directory', 'path', 'git', 'url'];

/** The versions that a uv.lock chose, as constraints: `name==version ; marker`. */
export function constraintsOf(table: Readonly<Record<string, unknown>>): readonly string[] {
  const rows = Array.isArray(table['package']) ? (table['package'] as Row[]) : [];
  const chosen = rows.flatMap(({ name, version, source, 'resolution-markers': markers }) => {
    if (typeof name !== 'string' || typeof version !== 'string') return [];
    if (LOCAL.some((key) => Object.hasOwn(source ?? {}, key))) return [];
    return [{ name, version, markers: Array.isArray(markers) ? (markers as string[]) : [] }];
  });
  return chosen.map(({ name, version, markers }) => {
    // One version for all platforms needs no marker, although uv.lock may have some.
    const several = chosen.filter((other) => other.name === name).length > 1;
    const where = several && markers.length > 0 ? ` ; (${markers.join(') or (')})` : '';
    return `${name}==${version}${where}`;
  });
}
