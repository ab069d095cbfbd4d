import { DIGEST_LINE, digestOf, type Lock, LOCK_VERSION, type LockedFile } from './lock.ts';
import type { LockedInterpreter, LockedPackage } from './lock.ts';
import { libcOf } from './platform.ts';

const HEAD = `# Made by \`npx snakepit lock\` from pyproject.toml. Commit it, and edit that file, not this one.
version = ${String(LOCK_VERSION)}
digest = "sha256:${'0'.repeat(64)}"
`;

const LOCAL_HEAD = HEAD.replace(
  /^#.*/,
  "# This machine's Python, for a platform that snakepit.lock has none for. Not to be committed.",
);

/** The text of a lock: the same for the same content, whoever writes it and where. */
export function lockText(lock: Lock): string {
  const { accelerator } = lock;
  return sealed([
    HEAD +
      line('uv', lock.uv) +
      line('requires-python', lock.requiresPython) +
      line('needs', lock.needs),
    ...(accelerator === null
      ? []
      : [
          `[accelerator]\n${line('variant', accelerator.variant)}${line('driver', accelerator.driver)}`,
        ]),
    ...lock.interpreters.toSorted(by(({ platform }) => platform)).map(interpreterText),
    ...lock.packages.toSorted(by(orderOf)).map(packageText),
  ]);
}

/** The text of `.snakepit/local.lock`. */
export function localText(interpreter: LockedInterpreter): string {
  return sealed([LOCAL_HEAD, interpreterText(interpreter)]);
}

function sealed(blocks: readonly string[]): string {
  const text = blocks.join('\n');
  return text.replace(DIGEST_LINE, `digest = "sha256:${digestOf(text)}"\n`);
}

/** By code units: the order of a locale would differ from machine to machine. */
const by =
  <T>(key: (value: T) => string) =>
  (a: T, b: T): number => {
    const [left, right] = [key(a), key(b)];
    return left < right ? -1 : Number(left > right);
  };

const orderOf = ({ name, version, marker }: LockedPackage): string =>
  [name, typeof version === 'string' ? version : version.direct, marker ?? ''].join('\0');

/** What JSON escapes in a text, TOML escapes the same way. */
const line = (key: string, value: string | null): string =>
  value === null ? '' : `${key} = ${JSON.stringify(value)}\n`;

const fileLine = (key: string, file: LockedFile | null): string =>
  file === null
    ? ''
    : `${key} = { path = ${JSON.stringify(file.path)}, sha256 = "${file.sha256}" }\n`;

function interpreterText(one: LockedInterpreter): string {
  return (
    '[[interpreter]]\n' +
    line('platform', one.platform) +
    line('source', one.source) +
    line('implementation', one.implementation) +
    line('version', one.version) +
    line('build', one.build) +
    line('libc', libcOf(one.platform)) +
    line('archive', one.archive) +
    fileLine('executable', one.executable) +
    fileLine('libpython', one.libpython)
  );
}

function packageText({ name, version, marker, hashes }: LockedPackage): string {
  const all = hashes.toSorted(by((hash) => hash)).map((hash) => `  "${hash}",\n`);
  return (
    '[[package]]\n' +
    line('name', name) +
    (typeof version === 'string' ? line('version', version) : line('direct', version.direct)) +
    line('marker', marker) +
    `hashes = [\n${all.join('')}]\n`
  );
}
