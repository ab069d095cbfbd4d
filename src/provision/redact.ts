/**
 * Takes hosts and credentials out of a tool's message: a company's index address, or a token in
 * it, must not end up in a build log.
 */
export function redact(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*):\/\/[^\s/`'")\]]+/gi, (whole, scheme: string) =>
      scheme.toLowerCase() === 'file' ? whole : `${scheme}://…`,
    )
    .replace(/host='[^']+'/g, "host='…'");
}
