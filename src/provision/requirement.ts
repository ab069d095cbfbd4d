/**
 * The shape of a PEP 508 requirement. The list in pyproject.toml becomes a requirements file, and
 * in such a file a line can also be an option of uv, a path, a second line or an escape.
 */

const NAME = String.raw`[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?`;
const CLAUSE = String.raw`(?:===|~=|==|!=|<=|>=|<|>)[ \t]*[\w.*+!-]+`;
const CLAUSES = String.raw`${CLAUSE}[ \t]*(?:,[ \t]*${CLAUSE}[ \t]*)*,?[ \t]*`;
const EXTRAS = String.raw`\[[ \t]*(?:${NAME}[ \t]*(?:,[ \t]*${NAME}[ \t]*)*)?\]`;
const MARKER = String.raw`;(?:[\w.() \t<>=!~]|'[^'\\\r\n]*'|"[^"\\\r\n]*")+`;

const REQUIREMENT = new RegExp(
  String.raw`^[ \t]*${NAME}[ \t]*(?:${EXTRAS}[ \t]*)?` +
    // A URL may hold a semicolon: its marker stands behind white space.
    String.raw`(?:@[ \t]*[A-Za-z][A-Za-z0-9+.-]*:[^\s\\]+(?:[ \t]+${MARKER})?[ \t]*` +
    String.raw`|(?:\([ \t]*(?:${CLAUSES})?\)[ \t]*|${CLAUSES})?(?:${MARKER})?)$`,
);

/** Is this a requirement by its shape? What the names and versions mean, uv checks. */
export function isRequirement(entry: unknown): entry is string {
  return typeof entry === 'string' && REQUIREMENT.test(entry);
}
