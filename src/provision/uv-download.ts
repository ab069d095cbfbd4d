import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';

import { run } from './command.ts';
import { redact } from './redact.ts';
import { certificateUnion, cleanEnvironment, type IndexSettings } from './network.ts';
import { scratchFolder } from './scratch.ts';
import { UV_VERSION, type UvPin } from './uv-pins.ts';

/** A wheel's bytes, not yet compared with the pin, or why there are none. */
export type Fetched =
  | { readonly state: 'fetched'; readonly wheel: Buffer }
  | { readonly state: 'failed'; readonly reason: string };

const failed = (reason: string): Fetched => ({ state: 'failed', reason: redact(reason) });

/**
 * Lets pip fetch the wheel: it knows every proxy, mirror and credential setting of its user.
 * Any Python will do, since nothing is installed and nothing of the wheel is run by it.
 */
export async function fetchByPip(home: string, env: NodeJS.ProcessEnv): Promise<Fetched> {
  const folder = scratchFolder(home);
  const pip = ['-m', 'pip', 'download', `uv==${UV_VERSION}`, '--no-deps', '--only-binary', ':all:'];
  const rest = ['--disable-pip-version-check', '--no-input', '--quiet', '--dest', folder];
  let reason = 'no python3 on PATH';
  try {
    for (const python of ['python3', 'python']) {
      const ran = await run(python, [...pip, ...rest], {
        env: cleanEnvironment(env),
        timeout: 180_000,
      });
      const name = readdirSync(folder).find((file) => file.endsWith('.whl'));
      if (ran.code === 0 && name !== undefined) {
        return { state: 'fetched', wheel: readFileSync(join(folder, name)) };
      }
      const lines = ran.stderr.trim().split('\n');
      const told = lines.findLast((line) => /error|No module/i.test(line)) ?? lines.at(-1) ?? '';
      reason = `${python} -m pip: ${told.trim()}`;
    }
    return failed(reason);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fetches the wheel from the simple index over HTTPS, with no Python present at all. */
export async function fetchByHttps(pin: UvPin, settings: IndexSettings): Promise<Fetched> {
  try {
    const index = new URL(`${settings.indexUrl.replace(/\/+$/, '')}/uv/`);
    const page = await request(index, settings);
    const address = findWheel(page.body.toString('utf8'), page.type, pin);
    if (address === undefined) return failed(`the index has no ${pin.wheel}`);
    // Relative addresses start at the page that was read, after its redirects.
    const file = new URL(address, page.url);
    if (file.origin === index.origin) {
      file.username ||= index.username;
      file.password ||= index.password;
    }
    return { state: 'fetched', wheel: (await request(file, settings)).body };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return failed(`HTTPS to the package index: ${code ?? message}`);
  }
}

/** The address of the pinned wheel in an index page, by PEP 691 (JSON) or PEP 503 (HTML). */
export function findWheel(page: string, type: string, pin: UvPin): string | undefined {
  if (type.includes('json')) {
    const { files } = JSON.parse(page) as { files?: { filename?: string; url?: string }[] };
    return files?.find((file) => file.filename === pin.wheel)?.url;
  }
  for (const [, link = ''] of page.matchAll(/<a\b[^>]*?\bhref\s*=\s*["']([^"']+)["']/gi)) {
    const address = link.replaceAll('&amp;', '&').replace(/#.*$/, '');
    if (decodeURIComponent(address).endsWith(`/${pin.wheel}`) || address === pin.wheel) {
      return address;
    }
  }
  return undefined;
}

interface Page {
  readonly url: URL;
  readonly type: string;
  readonly body: Buffer;
}

const ACCEPT = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1';

function request(url: URL, settings: IndexSettings, redirects = 5): Promise<Page> {
  return new Promise((resolve, reject) => {
    if (url.protocol !== 'https:') {
      reject(new Error('the index does not speak HTTPS'));
      return;
    }
    const secret = decodeURIComponent(`${url.username}:${url.password}`);
    const login = { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
    const headers = { accept: ACCEPT, ...(url.username === '' ? {} : login) };
    const ca = certificateUnion(settings);
    const sent = get(url, { ca, headers, timeout: 60_000 }, (response) => {
      const { statusCode = 0, headers: answer } = response;
      if (statusCode >= 300 && statusCode < 400 && answer.location !== undefined) {
        response.resume();
        const next = new URL(answer.location, url);
        if (redirects > 0) resolve(request(next, settings, redirects - 1));
        else reject(new Error('too many redirects'));
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const page = { url, type: answer['content-type'] ?? '', body: Buffer.concat(chunks) };
        if (statusCode === 200) resolve(page);
        else reject(new Error(`answer ${String(statusCode)}`));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 60 s')));
    sent.on('error', reject);
  });
}
