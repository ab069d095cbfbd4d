import { ConversionError } from '../errors/errors.ts';
import { type ArrowType, DENSE, TYPE } from './shapes.ts';

const UNITS = 'smun';
const unit = (type: ArrowType): string => UNITS[type.unit ?? 0] as string;

const INTS: Readonly<Record<number, string>> = { 8: 'c', 16: 's', 32: 'i', 64: 'l' };

function intFormat({ bitWidth, isSigned }: ArrowType): string | undefined {
  const letter = INTS[bitWidth ?? 0];
  return isSigned === true ? letter : letter?.toUpperCase();
}

function decimalFormat({ precision, scale, bitWidth = 128 }: ArrowType): string {
  const digits = `d:${String(precision)},${String(scale)}`;
  return bitWidth === 128 ? digits : `${digits},${String(bitWidth)}`;
}

function unionFormat({ mode, typeIds }: ArrowType): string {
  return `+u${mode === DENSE ? 'd' : 's'}:${Array.from(typeIds ?? []).join(',')}`;
}

const FIXED: Readonly<Record<number, string>> = {
  [TYPE.Null]: 'n',
  [TYPE.Bool]: 'b',
  [TYPE.Binary]: 'z',
  [TYPE.LargeBinary]: 'Z',
  [TYPE.BinaryView]: 'vz',
  [TYPE.Utf8]: 'u',
  [TYPE.LargeUtf8]: 'U',
  [TYPE.Utf8View]: 'vu',
  [TYPE.List]: '+l',
  [TYPE.LargeList]: '+L',
  [TYPE.Struct]: '+s',
  [TYPE.Map]: '+m',
};

const WITH_PARAMETERS: Readonly<Record<number, (type: ArrowType) => string | undefined>> = {
  [TYPE.Int]: intFormat,
  [TYPE.Float]: ({ precision }) => ['e', 'f', 'g'][precision ?? -1],
  [TYPE.Decimal]: decimalFormat,
  [TYPE.Date]: (type) => ['tdD', 'tdm'][type.unit ?? -1],
  [TYPE.Time]: (type) => `tt${unit(type)}`,
  [TYPE.Timestamp]: (type) => `ts${unit(type)}:${type.timezone ?? ''}`,
  [TYPE.Duration]: (type) => `tD${unit(type)}`,
  [TYPE.Interval]: (type) => ['tiM', 'tiD', 'tin'][type.unit ?? -1],
  [TYPE.FixedSizeBinary]: ({ byteWidth }) => `w:${String(byteWidth)}`,
  [TYPE.FixedSizeList]: ({ listSize }) => `+w:${String(listSize)}`,
  [TYPE.Union]: unionFormat,
};

/** The format string of the C Data Interface; of a dictionary, that of its indices. */
export function formatOf(type: ArrowType): string {
  if (type.typeId === TYPE.Dictionary && type.indices !== undefined) return formatOf(type.indices);
  const format = FIXED[type.typeId] ?? WITH_PARAMETERS[type.typeId]?.(type);
  if (format !== undefined) return format;
  throw new ConversionError(
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- a DataType prints itself
    `the Arrow type ${String(type)} has no format in the C Data Interface that snakepit knows`,
  );
}
