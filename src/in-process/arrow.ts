import type { TransferOptions } from '../contract/tensor.ts';
import type { HandleId } from '../native/binding.ts';
import { loadBinding } from '../native/load.ts';
import { loadArrow } from './load-arrow.ts';
import { idOf, own } from './own.ts';

const host = {
  own: (name: string) => own('arrow', name),
  idOf,
  dispose: (proxy: unknown) => loadBinding().dispose(idOf(proxy) as HandleId),
};

let room: ReturnType<typeof loadArrow> | undefined;
const arrow = (): ReturnType<typeof loadArrow> => (room ??= loadArrow());

export const toArrow = (table: unknown, options?: TransferOptions): unknown =>
  arrow().toArrow(host, table, options);

export const fromArrow = (table: unknown, options?: TransferOptions): unknown =>
  arrow().fromArrow(host, table, options);
