import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

import { describe, expect, test } from 'vitest';

import {
  certificateUnion,
  cleanEnvironment,
  parsePipConf,
  readIndexSettings,
  uvEnvironment,
} from '../../../src/provision/network.ts';
import { temporary } from './support.ts';

/** An environment without any setting of the machine's. */
function bare(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { HOME: temporary(), XDG_CONFIG_DIRS: temporary(), PIP_CONFIG_FILE: '/dev/null', ...more };
}

const translated = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  uvEnvironment(env, readIndexSettings(env), temporary());

describe('what pip was told reaches uv', () => {
  test('PIP_INDEX_URL and PIP_CERT become UV_DEFAULT_INDEX and SSL_CERT_FILE', () => {
    const env = translated(
      bare({ PIP_INDEX_URL: 'https://i.example/simple', PIP_CERT: '/ca.pem' }),
    );
    expect(env['UV_DEFAULT_INDEX']).toBe('https://i.example/simple');
    expect(env['SSL_CERT_FILE']).toBe('/ca.pem');
  });

  test("the user's pip.conf counts, and a variable outranks it", () => {
    const home = temporary();
    mkdirSync(join(home, '.config/pip'), { recursive: true });
    writeFileSync(
      join(home, '.config/pip/pip.conf'),
      '[global]\nindex-url = https://conf.example/simple\ncert = /conf.pem\n',
    );
    const read = { HOME: home, XDG_CONFIG_DIRS: home };
    expect(translated(read)['UV_DEFAULT_INDEX']).toBe('https://conf.example/simple');
    expect(translated(read)['SSL_CERT_FILE']).toBe('/conf.pem');
    const over = { ...read, UV_INDEX_URL: 'https://uv.example/simple' };
    expect(translated(over)['UV_DEFAULT_INDEX']).toBe('https://uv.example/simple');
  });

  test('a named uv index keeps its name for uv and loses it for our own request', () => {
    const env = bare({ UV_DEFAULT_INDEX: 'corp=https://c.example/simple' });
    expect(readIndexSettings(env).indexUrl).toBe('https://c.example/simple');
    expect(translated(env)['UV_DEFAULT_INDEX']).toBe('corp=https://c.example/simple');
  });

  test('with nothing told, nothing is set', () => {
    const env = translated(bare());
    expect(env['UV_DEFAULT_INDEX']).toBeUndefined();
    expect(env['SSL_CERT_FILE']).toBeUndefined();
    expect(env['UV_LINK_MODE']).toBe('copy');
    expect(env['UV_NO_CONFIG']).toBe('1');
  });

  test('a find-links folder that is not there is left out, as pip does', () => {
    const there = temporary();
    const settings = readIndexSettings(bare({ PIP_FIND_LINKS: `/not/there ${there}` }));
    expect(settings.findLinks).toEqual([there]);
  });
});

describe('certificates', () => {
  test('NODE_EXTRA_CA_CERTS adds: uv gets a file with the built-in roots too', () => {
    const extra = join(temporary(), 'extra.pem');
    writeFileSync(extra, 'EXTRA\n');
    const file = translated(bare({ NODE_EXTRA_CA_CERTS: extra }))['SSL_CERT_FILE'] ?? '';
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('EXTRA');
    expect(text).toContain(rootCertificates[0]);
  });

  test('our own request trusts the union', () => {
    const folder = temporary();
    for (const name of ['a', 'b']) writeFileSync(join(folder, name), name);
    const env = bare({ PIP_CERT: join(folder, 'a'), NODE_EXTRA_CA_CERTS: join(folder, 'b') });
    expect(certificateUnion(readIndexSettings(env))).toEqual([...rootCertificates, 'a', 'b']);
  });
});

test('what could change the result does not reach uv or the interpreter', () => {
  const env = translated(
    bare({
      UV_CONSTRAINT: 'x',
      UV_PYTHON: 'y',
      VIRTUAL_ENV: 'z',
      PYTHONHOME: '/bogus',
      UV_CACHE_DIR: '/c',
    }),
  );
  for (const name of ['UV_CONSTRAINT', 'UV_PYTHON', 'VIRTUAL_ENV', 'PYTHONHOME']) {
    expect(env[name]).toBeUndefined();
  }
  expect(env['UV_CACHE_DIR']).toBe('/c');
  expect(cleanEnvironment({ PYTHONPATH: '/x', PYTHONUTF8: '1' })).toEqual({ PYTHONUTF8: '1' });
});

test('pip.conf: sections, comments, continued lines, underscores', () => {
  const text = `# mine
[list]
index-url = https://not.this/simple
[global]
; nor this
extra-index-url =
    https://one.example/simple
    https://two.example/simple
index_url: https://c.example/simple
[install]
cert=/c.pem
`;
  expect(parsePipConf(text)).toEqual({
    'extra-index-url': 'https://one.example/simple https://two.example/simple',
    'index-url': 'https://c.example/simple',
    cert: '/c.pem',
  });
});
