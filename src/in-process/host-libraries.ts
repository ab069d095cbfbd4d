import { publish } from '../events/events.ts';
import { loadBinding } from '../native/load.ts';

/** Versions of the interpreter's libraries as they are outside of Node; null: it has none. */
export interface Libraries {
  readonly openssl: string | null;
  readonly zlib: string | null;
}

type Name = keyof Libraries;

/** Where Python says which it runs on. */
const LOOK: Readonly<Record<Name, readonly [spelt: string, module: string, value: string]>> = {
  openssl: ['OpenSSL', '_ssl', 'OPENSSL_VERSION'],
  zlib: ['zlib', 'zlib', 'ZLIB_RUNTIME_VERSION'],
};
const NAMES = Object.keys(LOOK) as readonly Name[];

/** The first number of a version, whatever stands before it: 'OpenSSL 3.0.19 27 Jan 2026'. */
const majorOf = (version: string): string => /\d+/.exec(version)?.[0] ?? version;

let expected: Libraries = { openssl: null, zlib: null };
let pending: readonly Name[] = [];

/** Once a JS thread, with what `snakepit sync` wrote down of this interpreter. */
export function expectLibraries(libraries: Libraries): void {
  expected = libraries;
  pending = NAMES.filter((name) => libraries[name] !== null);
}

/** Imports a module, and looks at what came with it. */
export function importModule(name: string): unknown {
  const module = loadBinding().import(name);
  if (pending.length > 0) lookAtLibraries();
  return module;
}

/**
 * Until each was seen: is it Python's own, or Node's? Node exports the symbols of its OpenSSL and
 * zlib, and they come first. Another release of the same major version works, and is an event;
 * another major version may crash, and is a warning.
 */
function lookAtLibraries(): void {
  pending = pending.filter((name) => {
    const [, module, value] = LOOK[name];
    const running = loadBinding().ofLoaded(module, value) as string | undefined;
    if (running === undefined) return true;
    if (running !== expected[name]) report(name, running, expected[name] as string);
    return false;
  });
}

function report(name: Name, running: string, built: string): void {
  const [spelt, module] = LOOK[name];
  const text =
    `Python’s module ${module} runs on ${running}, which is Node’s ${spelt}; outside of Node it runs ` +
    `on ${built}`;
  publish('warning', () => ({ text }));
  if (majorOf(running) === majorOf(built)) return;
  process.emitWarning(
    `${text}. The two are not compatible: import what needs it in a worker (isolated()), which ` +
      'has no symbols of Node’s, or use a Python that hides its own, such as uv’s.',
    { type: 'SnakepitWarning', code: 'SNAKEPIT_HOST_LIBRARY' },
  );
}
