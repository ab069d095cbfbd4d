import { readToDateOptions, type ToDateOptions } from '../contract/options.ts';
import { ConversionError } from '../errors/errors.ts';
import { loadBinding } from '../native/load.ts';
import { idOf, own } from './own.ts';

/** `$toDate`: of a datetime, a date or a NumPy datetime64; what would lose something is a RangeError. */
export function toDate(value: unknown, options?: ToDateOptions): Date {
  const { zone } = readToDateOptions(options);
  const binding = loadBinding();
  const answer = binding.callAsIs(own('moments', 'moment'), value, zone);
  if (typeof answer === 'number') return new Date(answer);
  const id = idOf(answer);
  if (id === undefined) throw new ConversionError(`$toDate: ${String(answer)}`, { path: 'value' });
  const [why] = binding.toData(id, { depth: -1, proxies: false, dates: false }) as [string];
  binding.dispose(id);
  throw Object.assign(new RangeError(`$toDate: ${why}`), { code: 'ERR_CONVERSION' });
}
