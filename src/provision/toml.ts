import { createRequire } from 'node:module';

import type * as smolToml from 'smol-toml';

// Loaded on first use: `open()` reads TOML only when pyproject.toml was touched since the sync.
const require = createRequire(import.meta.url);

/** What a TOML file holds, or why it cannot be read. */
export type Toml =
  | { readonly state: 'read'; readonly table: Readonly<Record<string, unknown>> }
  | { readonly state: 'broken'; readonly reason: string };

/** Parses TOML 1.0 text. A mistake is told with its line and column. */
export function parseToml(text: string): Toml {
  const toml = require('smol-toml') as typeof smolToml;
  try {
    return { state: 'read', table: toml.parse(text) };
  } catch (error) {
    if (!(error instanceof toml.TomlError)) throw error;
    const what = error.message.split('\n')[0] ?? '';
    const where = `line ${String(error.line)}, column ${String(error.column)}`;
    return { state: 'broken', reason: `${where}: ${what.replace(/^Invalid TOML document: /, '')}` };
  }
}
