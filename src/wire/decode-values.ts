import { list } from './failure.ts';
import { malformed } from './malformed.ts';
import { Reader } from './reader.ts';
import { type Beside, readTagged, readTaggedTaking } from './tagged.ts';

/** Results without a message around them. */
export interface DecodedValues {
  /** As in a RunResult. */
  readonly values: readonly unknown[];
  /** The numbers of all objects among the values and inside them; each came with one count. */
  readonly objects: readonly number[];
}

/** The results of a batch that ran in this process. */
export function decodeValues(
  bytes: Buffer,
  start: number,
  end: number,
  beside?: Beside,
): DecodedValues {
  const tagged = beside === undefined ? readTagged : readTaggedTaking(beside);
  const reader = new Reader(bytes, start, end, tagged);
  const values = list(reader.item());
  if (reader.position !== end) malformed('more than its values');
  return { values, objects: reader.objects };
}
