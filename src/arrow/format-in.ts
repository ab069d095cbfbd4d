import { ConversionError } from '../errors/errors.ts';
import type { ArrowLibrary } from './library.ts';
import { type ArrowField, type ArrowType, FLAG } from './shapes.ts';

type Names<T> = { [K in keyof ArrowLibrary]: ArrowLibrary[K] extends T ? K : never };
/** The library's types that are made of nothing. */
type Plain = Names<(new () => ArrowType) | undefined>[keyof ArrowLibrary];

const PLAIN: Readonly<Record<string, Plain>> = {
  n: 'Null',
  b: 'Bool',
  c: 'Int8',
  s: 'Int16',
  i: 'Int32',
  l: 'Int64',
  C: 'Uint8',
  S: 'Uint16',
  I: 'Uint32',
  L: 'Uint64',
  e: 'Float16',
  f: 'Float32',
  g: 'Float64',
  z: 'Binary',
  Z: 'LargeBinary',
  vz: 'BinaryView',
  u: 'Utf8',
  U: 'LargeUtf8',
  vu: 'Utf8View',
  tdD: 'DateDay',
  tdm: 'DateMillisecond',
  tts: 'TimeSecond',
  ttm: 'TimeMillisecond',
  ttu: 'TimeMicrosecond',
  ttn: 'TimeNanosecond',
  tDs: 'DurationSecond',
  tDm: 'DurationMillisecond',
  tDu: 'DurationMicrosecond',
  tDn: 'DurationNanosecond',
  tiM: 'IntervalYearMonth',
  tiD: 'IntervalDayTime',
  tin: 'IntervalMonthDayNano',
};

const HINTS: Readonly<Record<string, string>> = {
  '+r': 'cast it to the type of its values (x.cast(x.type.value_type))',
  '+vl': 'cast it to a list (x.cast(pyarrow.list_(…)))',
  '+vL': 'cast it to a large list (x.cast(pyarrow.large_list(…)))',
  vu: 'cast it (x.cast(pyarrow.string())), or use apache-arrow 21.1 or newer',
  vz: 'cast it (x.cast(pyarrow.binary())), or use apache-arrow 21.1 or newer',
};

function unsupported(format: string): ConversionError {
  const hint = HINTS[format] ?? 'cast it to another type in Python first';
  return new ConversionError(`apache-arrow has no type for Arrow's format '${format}': ${hint}`);
}

const numbersOf = (text: string): number[] => (text === '' ? [] : text.split(',').map(Number));

/** Types with parameters, by what stands before the colon. */
function parse(library: ArrowLibrary, format: string): ArrowType | undefined {
  const colon = format.indexOf(':');
  if (colon < 0) return undefined;
  const rest = format.slice(colon + 1);
  const [a = 0, b = 0, c = 128] = numbersOf(rest);
  switch (format.slice(0, colon)) {
    case 'd':
      return new library.Decimal(b, a, c);
    case 'w':
      return new library.FixedSizeBinary(a);
    case 'tss':
    case 'tsm':
    case 'tsu':
    case 'tsn':
      return new library.Timestamp('smun'.indexOf(format[2] as string), rest === '' ? null : rest);
    default:
      return undefined;
  }
}

function parseNested(
  library: ArrowLibrary,
  format: string,
  flags: number,
  children: readonly ArrowField[],
): ArrowType | undefined {
  const colon = format.indexOf(':');
  const rest = colon < 0 ? '' : format.slice(colon + 1);
  const child = children[0] as ArrowField;
  switch (colon < 0 ? format : format.slice(0, colon)) {
    case '+l':
      return new library.List(child);
    case '+L':
      return library.LargeList === undefined ? undefined : new library.LargeList(child);
    case '+w':
      return new library.FixedSizeList(Number(rest), child);
    case '+s':
      return new library.Struct(children);
    case '+m':
      return new library.Map_(child, (flags & FLAG.keysSorted) !== 0);
    case '+us':
      return new library.Union(0, numbersOf(rest), children);
    case '+ud':
      return new library.Union(1, numbersOf(rest), children);
    default:
      return undefined;
  }
}

/** Types that are made of nothing but their format serve again. */
const known = new WeakMap<ArrowLibrary, Map<string, ArrowType>>();

function knownOf(library: ArrowLibrary): Map<string, ArrowType> {
  const before = known.get(library);
  if (before !== undefined) return before;
  const made = new Map<string, ArrowType>();
  known.set(library, made);
  return made;
}

function makePlain(library: ArrowLibrary, format: string): ArrowType | undefined {
  const name = PLAIN[format];
  if (name === undefined) return parse(library, format);
  const Class = library[name];
  return Class === undefined ? undefined : new Class();
}

/** The DataType of a format string. @throws ConversionError where the library has none */
export function typeOf(
  library: ArrowLibrary,
  format: string,
  flags: number,
  children: readonly ArrowField[],
): ArrowType {
  if (format.startsWith('+')) {
    const nested = parseNested(library, format, flags, children);
    if (nested === undefined) throw unsupported(format);
    return nested;
  }
  const types = knownOf(library);
  const before = types.get(format);
  if (before !== undefined) return before;
  const made = makePlain(library, format);
  if (made === undefined) throw unsupported(format);
  types.set(format, made);
  return made;
}
