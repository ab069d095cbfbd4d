import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { rootCertificates } from 'node:tls';

import { readText } from './hash.ts';

/** The package index and certificates that pip, uv and Node were told to use. */
export interface IndexSettings {
  readonly indexUrl: string;
  /** Did the user name the index, or is it the public one? */
  readonly chosen: boolean;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  /** A certificate file that replaces the built-in ones (SSL_CERT_FILE, PIP_CERT, …). */
  readonly certFile: string | undefined;
  /** One that is added to them (NODE_EXTRA_CA_CERTS). */
  readonly extraCertFile: string | undefined;
}

const PUBLIC_INDEX = 'https://pypi.org/simple';

/** Collects the settings: uv's own variables first, then pip's variables, then pip.conf. */
export function readIndexSettings(env: NodeJS.ProcessEnv): IndexSettings {
  const conf = readPipConf(env);
  const first = (...values: (string | undefined)[]): string | undefined =>
    values.find((value) => value !== undefined && value !== '');
  const indexUrl = first(
    env['UV_DEFAULT_INDEX'],
    env['UV_INDEX_URL'],
    env['PIP_INDEX_URL'],
    conf['index-url'],
  );
  const certFile = first(
    env['SSL_CERT_FILE'],
    env['PIP_CERT'],
    conf['cert'],
    env['REQUESTS_CA_BUNDLE'],
    env['CURL_CA_BUNDLE'],
  );
  return {
    indexUrl: withoutName(indexUrl ?? PUBLIC_INDEX),
    chosen: indexUrl !== undefined,
    extraIndexUrls: words(first(env['PIP_EXTRA_INDEX_URL'], conf['extra-index-url'])),
    // pip ignores a folder that is not there; uv stops at it.
    findLinks: words(first(env['PIP_FIND_LINKS'], conf['find-links'])).filter(
      (place) => place.includes('://') || existsSync(place),
    ),
    certFile,
    extraCertFile: first(env['NODE_EXTRA_CA_CERTS']),
  };
}

/** uv accepts `name=https://…`. */
function withoutName(index: string): string {
  return index.replace(/^[A-Za-z0-9._-]+=(?=[a-z]+:\/\/)/, '');
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

function pipConfFiles(env: NodeJS.ProcessEnv): string[] {
  const named = env['PIP_CONFIG_FILE'];
  if (named === '/dev/null') return [];
  const home = env['HOME'] ?? homedir();
  const files =
    process.platform === 'darwin'
      ? [
          '/Library/Application Support/pip/pip.conf',
          join(home, '.pip/pip.conf'),
          join(home, '.config/pip/pip.conf'),
          join(home, 'Library/Application Support/pip/pip.conf'),
        ]
      : [
          ...(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg')
            .split(delimiter)
            .map((folder) => join(folder, 'pip/pip.conf')),
          '/etc/pip.conf',
          join(home, '.pip/pip.conf'),
          join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'pip/pip.conf'),
        ];
  return named === undefined || named === '' ? files : [...files, named];
}

/** The keys of `[global]` and then `[download]`, `[install]`; later files and tables win. */
function readPipConf(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const file of pipConfFiles(env)) {
    const text = readText(file);
    if (text !== undefined) Object.assign(found, parsePipConf(text));
  }
  return found;
}

/** pip.conf is an INI file: indented lines continue a value. */
export function parsePipConf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  let wanted = false;
  let key: string | undefined;
  for (const line of text.split('\n')) {
    const section = /^\[([^\]]+)\]/.exec(line)?.[1];
    const pair = /^([A-Za-z][\w-]*)\s*[=:]\s*(.*)$/.exec(line);
    if (section !== undefined) {
      wanted = ['global', 'download', 'install'].includes(section.trim());
      key = undefined;
    } else if (/^\s*([#;].*)?$/.test(line) || !wanted) {
      continue;
    } else if (pair !== null) {
      key = (pair[1] ?? '').replaceAll('_', '-');
      found[key] = (pair[2] ?? '').trim();
    } else if (key !== undefined && /^\s/.test(line)) {
      found[key] = `${found[key] ?? ''} ${line.trim()}`.trim();
    }
  }
  return found;
}

/** uv's own settings that a sync lets through; any other UV_… could change what is installed. */
const UV_KEPT =
  /^UV_(CACHE_DIR|HTTP_.*|CONCURRENT_.*|OFFLINE|NATIVE_TLS|SYSTEM_CERTS|INSECURE_HOST|KEYRING_PROVIDER|INDEX|INDEX_.*_(USERNAME|PASSWORD)|EXTRA_INDEX_URL|FIND_LINKS|REQUEST_TIMEOUT|PYTHON_DOWNLOADS|PYTHON_DOWNLOADS_JSON_URL|PYTHON_INSTALL_MIRROR)$/;

/** Variables that would point a fresh interpreter, or uv, at somebody else's packages. */
const DROPPED = /^(PYTHON(?!UTF8|IOENCODING).*|VIRTUAL_ENV|CONDA_.*|__PYVENV_LAUNCHER__)$/;

/** The environment of every interpreter that the provisioner runs. */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !DROPPED.test(name)));
}

/**
 * The environment of uv: it ignores PIP_INDEX_URL and PIP_CERT, and of all certificate variables
 * it reads SSL_CERT_FILE only; so what pip and Node were told is translated.
 */
export function uvEnvironment(
  env: NodeJS.ProcessEnv,
  settings: IndexSettings,
  home: string,
): NodeJS.ProcessEnv {
  const kept = Object.entries(cleanEnvironment(env)).filter(
    ([name]) => !name.startsWith('UV_') || UV_KEPT.test(name),
  );
  const out: NodeJS.ProcessEnv = Object.fromEntries(kept);
  out['UV_NO_CONFIG'] = '1';
  out['UV_LINK_MODE'] = 'copy'; // hard links would let an edit reach uv's shared cache
  out['UV_PYTHON_INSTALL_DIR'] = join(home, 'python');
  // An index that came with a name keeps it: its credentials are looked up by that name.
  if (settings.chosen) out['UV_DEFAULT_INDEX'] = env['UV_DEFAULT_INDEX'] ?? settings.indexUrl;
  if (settings.extraIndexUrls.length > 0) {
    out['UV_EXTRA_INDEX_URL'] ??= settings.extraIndexUrls.join(' ');
  }
  if (settings.findLinks.length > 0) out['UV_FIND_LINKS'] ??= settings.findLinks.join(',');
  const certificates = settings.certFile ?? writeUnion(settings.extraCertFile, home);
  if (certificates !== undefined) out['SSL_CERT_FILE'] = certificates;
  return out;
}

/** SSL_CERT_FILE replaces uv's roots, NODE_EXTRA_CA_CERTS only adds: hence a file with both. */
function writeUnion(extra: string | undefined, home: string): string | undefined {
  const text = extra === undefined ? undefined : readText(extra);
  if (text === undefined) return undefined;
  const path = join(home, 'ca.pem');
  mkdirSync(home, { recursive: true });
  writeFileSync(path, `${rootCertificates.join('\n')}\n${text}`);
  return path;
}

/**
 * All certificates for a request of our own. `https.get({ ca })` replaces the built-in ones and
 * NODE_EXTRA_CA_CERTS, so the union must be handed over.
 */
export function certificateUnion(settings: IndexSettings): string[] {
  const files = [settings.certFile, settings.extraCertFile];
  const texts = files.flatMap((file) =>
    file !== undefined && existsSync(file) ? [readFileSync(file, 'utf8')] : [],
  );
  return [...rootCertificates, ...texts];
}
