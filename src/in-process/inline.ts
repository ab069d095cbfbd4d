import { type ExecOptions, readExec } from '../contract/options.ts';
import { callSite } from '../inline/call-site.ts';
import { assertTemplate, joinTemplate } from '../inline/template.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { type Held, holdProxy, idOf, own } from './own.ts';
import { callPlain, makeFresh } from './python-object.ts';

type Tag = (strings: unknown, ...values: unknown[]) => unknown;

// A place in the source has one array of strings for ever, so it is compiled once.
const blocks = new WeakMap<TemplateStringsArray, Held>();

function compile(strings: unknown, tag: Tag): Held {
  assertTemplate(strings);
  const { source, names } = joinTemplate(strings);
  const site = callSite(tag);
  // The place of the backtick; the text begins behind it.
  const place = site === null ? null : [site.file, site.line, site.column + 1];
  const block = loadBinding().call(own('inline', 'block'), source, names, place);
  const held = holdProxy(block);
  blocks.set(strings, held);
  return held;
}

/** The tag of py`…`. */
export function createTag(): Tag {
  const py: Tag = (strings, ...values) => {
    const block = blocks.get(strings as TemplateStringsArray) ?? compile(strings, py);
    // As a proxy's `apply`, but undefined in last place is a value too.
    const value = callPlain(block.id, values, values[values.length - 1]);
    return value === undefined ? makeFresh() : value;
  };
  return py;
}

// Each entry asks the proxy anew: an id alone does not keep the handle.
const at = (proxy: unknown): HandleId => idOf(proxy) as HandleId;

/** Runs `code` in a fresh namespace: `in` are its names before, `out` those that are returned. */
export function exec(code: string, raw?: ExecOptions): Record<string, unknown> {
  const { in: values, out } = readExec(code, raw);
  const binding = loadBinding();
  const site = callSite(exec);
  const place = site === null ? null : [site.file, site.line, site.column];
  const script = binding.callWithKeywords(
    own('script', 'script'),
    [code, place],
    Object.keys(values),
    Object.values(values),
  );
  const run = binding.getAttr(at(script), 'run');
  try {
    binding.call(at(run));
    if (out.length === 0) return {};
    const take = binding.getAttr(at(script), 'take');
    const list = binding.call(at(take), ...out);
    const result = Object.fromEntries(out.map((name, i) => [name, binding.index(at(list), i)]));
    binding.dispose(at(list));
    return result;
  } finally {
    binding.dispose(at(run));
    binding.dispose(at(script));
  }
}
