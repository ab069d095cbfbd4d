import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { onPath } from '../../../src/provision/search-path.ts';
import { temporary } from './support.ts';

/** What the package index of a test answers with. */
export interface IndexOptions {
  readonly wheelName: string;
  readonly wheel: Buffer;
  readonly page: 'json' | 'html';
  /** Basic authentication that the pages ask for, `user:password`. */
  readonly login?: string;
}

/** The program that makes the certificate; undefined on a machine without it. */
export const OPENSSL: string | undefined = onPath('openssl', process.env)[0];

/** A simple index on loopback with a certificate of its own making. */
export interface IndexServer {
  /** With the login in it, as users write it. */
  readonly url: string;
  readonly certificate: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function serveIndex(options: IndexOptions): Promise<IndexServer> {
  const folder = temporary();
  const key = join(folder, 'key.pem');
  const certificate = join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync(OPENSSL ?? '', [...made, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const asked: string[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
  server.on('request', (request, response) => {
    asked.push(request.url ?? '');
    const { status, type, body } = answer(request, options);
    response.writeHead(status, { 'content-type': type, location: '/moved/uv/' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const login = options.login === undefined ? '' : `${options.login}@`;
  return {
    url: `https://${login}localhost:${String(port)}/simple`,
    certificate,
    asked,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** The index page sits behind a redirect, and names its files by relative addresses. */
function answer(request: IncomingMessage, options: IndexOptions): Answer {
  const { wheelName, wheel, page, login } = options;
  const expected = `Basic ${Buffer.from(login ?? '').toString('base64')}`;
  if (login !== undefined && request.headers.authorization !== expected) {
    return { status: 401, type: 'text/plain', body: 'who are you?' };
  }
  const file = `../../files/${wheelName}`;
  switch (request.url ?? '') {
    case '/simple/uv/':
      return { status: login === undefined ? 302 : 200, ...pageOf(page, wheelName, file) };
    case '/moved/uv/':
      return { status: 200, ...pageOf(page, wheelName, file) };
    case `/files/${wheelName}`:
      return { status: 200, type: 'application/octet-stream', body: wheel };
    default:
      return { status: 404, type: 'text/plain', body: 'not here' };
  }
}

function pageOf(page: 'json' | 'html', filename: string, url: string): Omit<Answer, 'status'> {
  if (page === 'json') {
    const files = [
      { filename: 'uv-0.0.1.tar.gz', url: 'x' },
      { filename, url },
    ];
    const type = 'application/vnd.pypi.simple.v1+json';
    return { type, body: JSON.stringify({ files }) };
  }
  const body = `<a href="x.tar.gz">x</a>\n<a data-y="1" href="${url}#sha256=00">${filename}</a>`;
  return { type: 'text/html', body };
}
