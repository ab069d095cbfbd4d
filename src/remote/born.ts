import type { AsyncLocalStorage } from 'node:async_hooks';

import type { PendingCall } from './pending-call.ts';

/** Made by the first scope: who has none does not pay for the async context. */
let scopes: AsyncLocalStorage<Set<PendingCall>> | null = null;

/** Notes a call for the scope that runs, if any. */
export function born(call: PendingCall): void {
  scopes?.getStore()?.add(call);
}

/** Runs `body` so that every call it makes, also later on, is added to `inside`. */
export function collect<R>(inside: Set<PendingCall>, body: () => R): R {
  scopes ??= new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)();
  return scopes.run(inside, body);
}
