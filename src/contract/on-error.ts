import { field, fieldError, readOptions, type Rule, show, text } from './fields.ts';
import type { Untyped } from './untyped.ts';

/** Consent to run a call again once, with its tensors and its `device` keyword elsewhere. */
export interface DeviceFallback {
  /** As PyTorch writes it: `cpu`, `cuda:1`. */
  readonly device: string;
}

/** What answers an exception: another device, or a function whose value is the call's. */
export type Fallback = DeviceFallback | ((error: Untyped) => unknown);

/**
 * Answers to failures of a call. By the exception's name, as in `match`: the first key in written
 * order whose class matches, and `_` for whatever else a call fails with. A function alone answers
 * every failure. What is no answer (an aborted signal, no key) stays the call's error.
 *
 * @example
 * pool.options({ onError: { "torch.OutOfMemoryError": { device: "cpu" }, ValueError: () => null } });
 */
export type OnError = Readonly<Record<string, Fallback>> | ((error: Untyped) => unknown);

function checkAnswer(answer: unknown, name: string): void {
  if (typeof answer === 'function') return;
  if (typeof answer !== 'object' || answer === null) {
    throw fieldError(
      name,
      `expected { device: 'cpu' } or a function (e) => …, got ${show(answer)}`,
    );
  }
  readOptions(answer, { device: field(text) }, name);
}

export const onErrorRule: Rule<OnError> = (value, name) => {
  if (typeof value === 'function') return value as OnError;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fieldError(
      name,
      `expected a function (e) => …, or answers by exception, such as { 'torch.OutOfMemoryError': { device: 'cpu' } }, got ${show(value)}`,
    );
  }
  for (const [key, answer] of Object.entries(value)) checkAnswer(answer, `${name}.${key}`);
  return value as OnError;
};
