import { type Batch, ModuleName, type Operand, type Step } from '../contract/batch.ts';
import type { CallSettings } from '../contract/options.ts';
import { isBelow, type RouteSettings } from '../contract/route-options.ts';

export type Rules = Pick<RouteSettings, 'isolate' | 'cuda'>;

const CUDA = /^cuda(:\d+)?$/;

/** Packages whose functions take a device as any argument. */
const WITH_DEVICES: readonly string[] = ['torch', 'torchvision', 'torchaudio', 'transformers'];

/** Names of the keyword that says where: PyTorch's own, and those of what stands on it. */
const DEVICE_KEYWORDS: readonly string[] = ['device', 'map_location', 'device_map'];

// What CUDA looks like in the text of inline Python.
const CUDA_TEXT = /\.cuda\(|(['"])cuda(:\d+)?\1/;

const namesCuda = (value: Operand): boolean => typeof value === 'string' && CUDA.test(value);

function isBlock({ op }: Step): boolean {
  return op === 'block' || op === 'exec';
}

/** The dotted name that a step is about, as far as it begins with a module. */
function dotted({ op, target, name }: Step): string | null {
  if (op === 'import') return name ?? null;
  // A helper pack is no module.
  if (op === 'helper' || !(target instanceof ModuleName)) return null;
  return name === undefined ? target.module : `${target.module}.${name}`;
}

function modulesIn(step: Step): readonly string[] {
  const operands = [...(step.args ?? []), ...Object.values(step.kwargs ?? {})];
  return operands.filter((one) => one instanceof ModuleName).map(({ module }) => module);
}

function mentions(source: string, rule: string): boolean {
  const at = source.indexOf(rule);
  if (at < 0) return false;
  const text = rule.replaceAll('.', '\\.');
  return new RegExp(`(?<![\\w.])${text}(?!\\w)`, 'u').test(source);
}

/** Whether a rule's name is what the step is about, is passed to it, or stands in its text. */
function isNamed(step: Step, isolate: readonly string[]): boolean {
  const { name = '' } = step;
  if (isBlock(step) && isolate.some((rule) => mentions(name, rule))) return true;
  const own = dotted(step);
  const names = own === null ? modulesIn(step) : [own, ...modulesIn(step)];
  return names.some((one) => isolate.some((rule) => isBelow(one, rule)));
}

/** Whether a step asks for a GPU: by a device argument, `.cuda()`, `.to('cuda')`. */
function asksForCuda(step: Step): boolean {
  const { op, name = '', args = [], kwargs = {} } = step;
  if (isBlock(step)) return CUDA_TEXT.test(name);
  if (DEVICE_KEYWORDS.some((keyword) => namesCuda(kwargs[keyword]))) return true;
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (op === 'method') return last === 'cuda' || (last === 'to' && args.some(namesCuda));
  const own = dotted(step);
  return own !== null && WITH_DEVICES.some((root) => isBelow(own, root)) && args.some(namesCuda);
}

/** Whether a batch belongs into a worker. What the caller said of it goes before every rule. */
export function isIsolated(batch: Batch, settings: CallSettings, rules: Rules): boolean {
  if (settings.isolate !== null) return settings.isolate;
  if (rules.cuda && namesCuda(settings.device)) return true;
  return batch.steps.some(
    (step) => isNamed(step, rules.isolate) || (rules.cuda && asksForCuda(step)),
  );
}
