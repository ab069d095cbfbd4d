// The hostile programs, each in a process of its own. SNAKEPIT_HOSTILE=full runs them at the sizes
// that the project promises; SNAKEPIT_ADDON and the sanitizers reach them by the environment.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, it } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const full = process.env['SNAKEPIT_HOSTILE'] === 'full';
const minutes = (full ? 60 : 4) * 60_000;
const run = promisify(execFile);

type Figures = Readonly<Record<string, unknown>>;

/** What the program printed; its own words where it found that something changed. */
async function hostile(
  name: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  flags: readonly string[] = ['--expose-gc'],
): Promise<Figures> {
  const program = at(`programs/${name}.mjs`);
  try {
    const { stdout } = await run(process.execPath, [...flags, program, ...args], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      timeout: minutes,
      maxBuffer: 1 << 24,
    });
    const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Figures;
    if (full) console.log(name, ...args, JSON.stringify(figures));
    return figures;
  } catch (error) {
    const { stderr, signal, code } = error as { stderr?: string; signal?: string; code?: number };
    throw new Error(
      `${name} ${args.join(' ')} ended with ${String(signal ?? code)}:\n${String(stderr)}`,
      { cause: error },
    );
  }
}

describe('memory that two collectors share', { timeout: minutes }, () => {
  it('1: a view alone keeps its memory', async () => {
    expect(await hostile('kept-views')).toMatchObject({ changed: 0 });
  });

  it('2: moved memory never changes, no other block is hurt', async () => {
    await hostile('moved');
  });

  it.each(['small', 'large', 'proxies', 'tiny', 'handover', 'disposed'])(
    '3: a loop without await stays small: %s',
    async (name) => {
      await hostile('sync-loop', [name]);
    },
  );

  it('4: foreign memory is moved, resized, grown, its thread ends', async () => {
    await hostile('foreign');
  });

  it('5: results of Python’s own threads', async () => {
    await hostile('python-threads');
  });

  it('6: taken out twice, in parts, again; released in both orders', async () => {
    await hostile('twice');
  });

  it('a forked child does not write into its parent', async () => {
    await hostile('fork');
  });

  it('8: a stream of results uses warm memory again; what was kept stays', async () => {
    expect(await hostile('stream')).toMatchObject({ shown: true });
    expect(await hostile('stream', [], {}, [])).toMatchObject({ shown: false });
  });

  it('9: WebAssembly memory that moved is reported, once', async () => {
    const flags = ['--expose-gc', '--disable-wasm-trap-handler'];
    expect(await hostile('stale-wasm', [], {}, flags)).toMatchObject({ told: 2 });
  });

  it('what was dropped goes back to the system', async () => {
    await hostile('give-back');
  });

  it('eight operations at random', async () => {
    await hostile('stress');
  });
});

describe('7: with V8’s symbols hidden', { timeout: minutes }, () => {
  const addon = at('../../build/no-v8/snakepit.node');
  const hidden = { SNAKEPIT_ADDON: addon };

  beforeAll(async () => {
    // Not under a preloaded sanitizer: it would be the compiler's, too.
    const env = { ...process.env };
    delete env['LD_PRELOAD'];
    await run(process.execPath, [at('../../scripts/build-native.mjs'), '--preset', 'no-v8'], {
      env,
    });
    expect(existsSync(addon)).toBe(true);
  }, 600_000);

  it.each(['kept-views', 'moved', 'foreign', 'twice', 'stream', 'stress'])('%s', async (name) => {
    await hostile(name, [], hidden);
  });

  it.each(['small', 'proxies', 'handover'])('sync-loop %s', async (name) => {
    await hostile('sync-loop', [name], hidden);
  });

  it('copies are counted, consent shares, memory comes back', async () => {
    await hostile('fallbacks', [], hidden);
  });
});
