// All the libraries in one process, in the order of the arguments. One line of JSON for each: what
// it recorded, or why it is wrong. A library that takes the process down is a missing line.
import { existsSync, readFileSync } from 'node:fs';

const names = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function attempt(name, when) {
  const started = performance.now();
  try {
    const { use } = await import(`../uses/${name}.mjs`);
    const recorded = (await use()) ?? null;
    say({ name: when ?? name, recorded, ms: Math.round(performance.now() - started) });
  } catch (error) {
    say({ name: when ?? name, error: error instanceof Error ? error.stack : String(error) });
  }
}

/** A preload that the loader could not open is a warning only: the round would prove nothing. */
function preloaded() {
  const wanted = process.env.LD_PRELOAD ?? '';
  if (wanted === '') return;
  const maps = existsSync('/proc/self/maps') ? readFileSync('/proc/self/maps', 'utf8') : '';
  const name = wanted.split('/').at(-1);
  say(
    maps.includes(name) ? { name: 'preload' } : { name: 'preload', error: `${name} is not there` },
  );
}

preloaded();
await attempt('node', 'node before');
for (const name of names) await attempt(name);
await attempt('node', 'node after');
// Once more, now that everything is loaded: the first call of a library is not its last.
for (const name of names) await attempt(name, `${name} again`);
say({ name: 'end', recorded: null, ms: 0 });
