import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporary } from './support.ts';

/** Writes one wheel with one module, by the standard library alone. */
const WRITE_WHEEL = `
import base64, hashlib, json, sys, zipfile
folder, name, version, requires, source = json.loads(sys.argv[1])
info = f"{name}-{version}.dist-info"
meta = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
meta += "".join(f"Requires-Dist: {one}\\n" for one in requires)
files = {
    f"{name}.py": source,
    f"{info}/METADATA": meta,
    f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
record = "".join(f"{path},sha256={digest(text)},{len(text)}\\n" for path, text in files.items())
files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\\n"
with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as out:
    for path, text in files.items():
        out.writestr(zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0)), text)
`;

/** A package index of a test: a folder, as the simple index is laid out. */
export interface LocalIndex {
  /** For the environment of a sync: this index, and a cache that has seen nothing else. */
  readonly env: Record<string, string>;
  /** Adds a wheel of a pure Python module, or replaces it, and gives its path. */
  add(name: string, version: string, options?: { requires?: string[]; source?: string }): string;
}

export function localIndex(python: string): LocalIndex {
  const root = temporary();
  const files = join(root, 'files');
  mkdirSync(files);
  return {
    env: { UV_DEFAULT_INDEX: `file://${root}/simple`, UV_CACHE_DIR: join(root, 'cache') },
    add(name, version, { requires = [], source = `VERSION = "${version}"\n` } = {}) {
      const told = JSON.stringify([files, name, version, requires, source]);
      execFileSync(python, ['-I', '-c', WRITE_WHEEL, told]);
      const page = join(root, 'simple', name);
      mkdirSync(page, { recursive: true });
      const wheels = readdirSync(files).filter((file) => file.startsWith(`${name}-`));
      const links = wheels.map((file) => `<a href="../../files/${file}">${file}</a>\n`);
      writeFileSync(join(page, 'index.html'), links.join(''));
      return join(files, `${name}-${version}-py3-none-any.whl`);
    },
  };
}
