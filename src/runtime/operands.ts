import { type Batch, KeptObject, type Operand, type Step, StepResult } from '../contract/batch.ts';

type Container = readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

/** What the remote faces copy of arguments: arrays, maps, sets, and objects without a prototype. */
function isRecord(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === null;
}

function isContainer(value: object): value is Container {
  return Array.isArray(value) || value instanceof Map || value instanceof Set;
}

/** The numbers of all objects of earlier batches that this one uses. */
export function keptIn(batch: Batch): ReadonlySet<number> {
  const found = new Set<number>();
  const seen = new Set<object>();
  const look = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    if (one instanceof KeptObject) found.add(one.n);
    else if (seen.has(one)) return;
    else if (isContainer(one)) {
      seen.add(one);
      for (const item of one) look(item);
    } else if (isRecord(one)) {
      seen.add(one);
      for (const item of Object.values(one)) look(item);
    }
  };
  for (const { target, args, kwargs } of batch.steps) [target, args, kwargs].forEach(look);
  return found;
}

/** A copy of the batch whose references are what `swap` gives for them. */
function rewrite(
  steps: readonly Step[],
  swap: (reference: StepResult | KeptObject) => Operand,
): readonly Step[] {
  const made = new Map<object, unknown>();
  const copy = (one: unknown): unknown => {
    if (typeof one !== 'object' || one === null) return one;
    if (one instanceof StepResult || one instanceof KeptObject) return swap(one);
    const known = made.get(one);
    if (known !== undefined) return known;
    if (Array.isArray(one)) {
      const list: unknown[] = [];
      made.set(one, list);
      for (const item of one as unknown[]) list.push(copy(item));
      return list;
    }
    if (one instanceof Map) {
      const map = new Map<unknown, unknown>();
      made.set(one, map);
      for (const [key, item] of one) map.set(copy(key), copy(item));
      return map;
    }
    if (one instanceof Set) {
      const set = new Set<unknown>();
      made.set(one, set);
      for (const item of one) set.add(copy(item));
      return set;
    }
    if (!isRecord(one)) return one;
    const record = Object.create(null) as Record<string, unknown>;
    made.set(one, record);
    for (const [key, item] of Object.entries(one)) record[key] = copy(item);
    return record;
  };
  return steps.map((step) => ({
    ...step,
    target: copy(step.target),
    args: copy(step.args) as Step['args'],
    kwargs: copy(step.kwargs) as Step['kwargs'],
  }));
}

/** The batch behind other steps, which make the objects that `made` names by their numbers. */
export function behind(
  first: readonly Step[],
  made: ReadonlyMap<number, number>,
  { steps, returns }: Batch,
): Batch {
  const moved = rewrite(steps, (reference) => {
    if (reference instanceof StepResult) return new StepResult(reference.step + first.length);
    const step = made.get(reference.n);
    return step === undefined ? reference : new StepResult(step);
  });
  return {
    steps: [...first, ...moved],
    returns: returns.map((one) => ({ ...one, step: one.step + first.length })),
  };
}
