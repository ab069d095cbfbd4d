import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { sha256, sha256File } from '../../../src/provision/hash.ts';
import { readIndexSettings } from '../../../src/provision/network.ts';
import { hostPlatform } from '../../../src/provision/platform.ts';
import { obtainUv, type Uv } from '../../../src/provision/uv.ts';
import { UV_PINS, UV_VERSION } from '../../../src/provision/uv-pins.ts';
import { type IndexOptions, type IndexServer, OPENSSL, serveIndex } from './index-server.ts';
import { environment, NO_PATH, temporary, testUv } from './support.ts';

const pin = UV_PINS[hostPlatform()];

function obtain(env: NodeJS.ProcessEnv, home = temporary(), lines: string[] = []): Promise<Uv> {
  const report = (line: string): void => {
    lines.push(line);
  };
  return obtainUv({ home, env, settings: readIndexSettings(env), report });
}

describe('a uv that is there', () => {
  test('SNAKEPIT_UV is taken, and must be a uv that is new enough', async () => {
    const uv = await testUv();
    const named = await obtain(environment({ SNAKEPIT_UV: uv }));
    expect(named.path).toBe(uv);
    await expect(obtain(environment({ SNAKEPIT_UV: process.execPath }))).rejects.toThrow(
      /SNAKEPIT_UV is no uv that runs; uv 0\.9\.0 or newer is needed/,
    );
    const old = join(temporary(), 'uv');
    writeFileSync(old, '#!/bin/sh\necho "uv 0.4.30"\n', { mode: 0o755 });
    await expect(obtain(environment({ SNAKEPIT_UV: old }))).rejects.toThrow(/is uv 0\.4\.30; uv/);
  });

  test("the project's own is compared with its pin before it is run", async () => {
    const home = temporary();
    const own = join(home, 'uv', UV_VERSION, 'uv');
    mkdirSync(join(home, 'uv', UV_VERSION), { recursive: true });
    copyFileSync(await testUv(), own);
    const env = environment({ SNAKEPIT_UV: undefined, PATH: NO_PATH });
    expect((await obtain(env, home)).path).toBe(own);
    // One that proves it was started leaves a trace; it must be replaced or refused unstarted.
    const trace = join(home, 'trace');
    writeFileSync(own, `#!/bin/sh\ntouch ${trace}\necho "uv ${UV_VERSION}"\n`, { mode: 0o755 });
    const offline = { ...env, PIP_INDEX_URL: 'https://localhost:1/simple' };
    await expect(obtain(offline, home)).rejects.toMatchObject({ code: 'ERR_PROVISION' });
    expect(existsSync(trace)).toBe(false);
  });

  test('one on PATH is taken', async () => {
    const folder = temporary();
    copyFileSync(await testUv(), join(folder, 'uv'));
    const uv = await obtain(environment({ SNAKEPIT_UV: undefined, PATH: folder }));
    expect(uv.path).toBe(join(folder, 'uv'));
  });
});

describe.runIf(pin !== undefined)('the wheel', () => {
  const { wheel: wheelName = '', binarySha256 } = pin ?? {};
  let wheel: Buffer;

  beforeAll(() => {
    // The real wheel, by the ordinary client, which keeps it in its cache.
    const folder = temporary();
    const pip = ['-m', 'pip', 'download', `uv==${UV_VERSION}`, '--no-deps', '--quiet'];
    execFileSync('python3', [...pip, '--only-binary', ':all:', '--dest', folder]);
    wheel = readFileSync(join(folder, readdirSync(folder)[0] ?? ''));
    expect(sha256(wheel)).toBe(pin?.wheelSha256);
  });

  async function against(
    options: Partial<IndexOptions>,
    use: (server: IndexServer) => Promise<void>,
  ): Promise<void> {
    const server = await serveIndex({ wheelName, wheel, page: 'json', ...options });
    try {
      await use(server);
    } finally {
      await server.close();
    }
  }

  const noPython = (
    server: IndexServer,
    more: Record<string, string | undefined>,
  ): NodeJS.ProcessEnv =>
    environment({
      SNAKEPIT_UV: undefined,
      PATH: NO_PATH,
      PIP_INDEX_URL: server.url,
      UV_DEFAULT_INDEX: undefined,
      SSL_CERT_FILE: undefined,
      PIP_CERT: server.certificate,
      ...more,
    });

  test('by pip, from whichever index the machine uses', async () => {
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)']);
    const folder = temporary();
    const shim = join(folder, 'python3');
    writeFileSync(shim, `#!/bin/sh\nexec ${python.toString().trim()} "$@"\n`, { mode: 0o755 });
    const home = temporary();
    const lines: string[] = [];
    const uv = await obtain(environment({ SNAKEPIT_UV: undefined, PATH: folder }), home, lines);
    expect(uv.path).toBe(join(home, 'uv', UV_VERSION, 'uv'));
    expect(sha256File(uv.path)).toBe(binarySha256);
    expect(lines).toEqual([`fetching uv ${UV_VERSION}`]);
    expect(readdirSync(home)).toEqual(['uv']);
  });

  describe.runIf(OPENSSL !== undefined)('from an index on loopback', () => {
    test.each(['json', 'html'] as const)('over HTTPS, with no Python: a %s page', async (page) => {
      await against({ page }, async (server) => {
        const uv = await obtain(noPython(server, {}));
        expect(sha256File(uv.path)).toBe(binarySha256);
        expect(server.asked).toEqual(['/simple/uv/', '/moved/uv/', `/files/${wheelName}`]);
      });
    });

    test('with a login in the index address, by pip.conf', async () => {
      await against({ login: 'me:se%20cret'.replace('%20', '-') }, async (server) => {
        const conf = join(temporary(), 'pip.conf');
        writeFileSync(conf, `[global]\nindex-url = ${server.url}\ncert = ${server.certificate}\n`);
        const told = { PIP_INDEX_URL: undefined, PIP_CERT: undefined, PIP_CONFIG_FILE: conf };
        const uv = await obtain(noPython(server, told));
        expect(uv.version).toBe(UV_VERSION);
      });
    });

    test('one flipped byte is refused, with both hashes, and nothing is left', async () => {
      const flipped = Buffer.from(wheel);
      flipped[1000] = (flipped[1000] ?? 0) ^ 1;
      await against({ wheel: flipped }, async (server) => {
        const home = temporary();
        const failure = obtain(noPython(server, {}), home);
        await expect(failure).rejects.toThrow(
          `has sha256 ${sha256(flipped)}, expected ${pin?.wheelSha256 ?? ''}: refused`,
        );
        expect(readdirSync(home)).toEqual([]);
      });
    });

    test('an unknown certificate, an index without uv: said without naming hosts', async () => {
      await against({ wheelName: 'another.whl' }, async (server) => {
        await expect(obtain(noPython(server, {}))).rejects.toThrow(/the index has no uv-/);
        const untrusting = noPython(server, {
          PIP_CERT: undefined,
          NODE_EXTRA_CA_CERTS: undefined,
        });
        const told = await obtain(untrusting).catch((error: unknown) => String(error));
        expect(told).toMatch(/HTTPS to the package index: (SELF_SIGNED|DEPTH_ZERO|UNABLE)/);
        expect(told).not.toContain('localhost');
      });
    });
  });
});
