import { createReadStream, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { sha256File } from '../../../src/provision/hash.ts';
import { temporary } from './support.ts';

/** One archive of a mirror. */
export interface Download {
  readonly version: string;
  readonly os: 'linux' | 'darwin';
  readonly machine: 'x86_64' | 'aarch64';
  readonly libc: 'gnu' | 'musl' | 'none';
  readonly archive: string;
}

/** A mirror of CPython downloads on loopback. */
export interface Mirror {
  /** A list of downloads, for UV_PYTHON_DOWNLOADS_JSON_URL; their hashes are taken now. */
  list(downloads: readonly Download[]): string;
  /** Paths that were asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function serveMirror(): Promise<Mirror> {
  const archives: string[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const archive = archives[Number(/^\/(\d+)\//.exec(path)?.[1])];
    if (archive === undefined) response.writeHead(404).end();
    else {
      response.writeHead(200, { 'content-length': statSync(archive).size });
      createReadStream(archive).pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const entry = ({ version, os, machine, libc, archive }: Download): [string, object] => {
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    const number = archives.push(archive) - 1;
    const name = os === 'darwin' ? 'macos' : os;
    return [
      `cpython-${version}-${name}-${machine}-${libc}`,
      {
        ...{ name: 'cpython', arch: { family: machine, variant: null }, os, libc },
        ...{ major, minor, patch, prerelease: '', variant: null, build: '20250612' },
        url: `http://127.0.0.1:${String(port)}/${String(number)}/cpython.tar.gz`,
        sha256: sha256File(archive),
      },
    ];
  };
  return {
    asked,
    list(downloads) {
      const path = join(temporary(), 'downloads.json');
      writeFileSync(path, JSON.stringify(Object.fromEntries(downloads.map(entry))));
      return path;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
