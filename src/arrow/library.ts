import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ConversionError } from '../errors/errors.ts';
import type {
  ArrowBatch,
  ArrowData,
  ArrowField,
  ArrowSchema,
  ArrowTable,
  ArrowType,
  ArrowVector,
} from './shapes.ts';

type TypeClass<A extends readonly unknown[] = []> = new (...args: A) => ArrowType;

/** What is used of apache-arrow to make its objects. */
export interface ArrowLibrary {
  readonly Data: new (
    type: ArrowType,
    offset: number,
    length: number,
    nullCount: number,
    buffers: undefined,
    children: readonly ArrowData[],
    dictionary?: ArrowVector,
  ) => ArrowData;
  readonly Vector: new (data: readonly ArrowData[]) => ArrowVector;
  readonly Schema: new (
    fields: readonly ArrowField[],
    metadata?: ReadonlyMap<string, string>,
  ) => ArrowSchema;
  readonly Field: new (
    name: string,
    type: ArrowType,
    nullable: boolean,
    metadata?: ReadonlyMap<string, string>,
  ) => ArrowField;
  readonly RecordBatch: new (schema: ArrowSchema, data: ArrowData) => ArrowBatch;
  readonly Table: new (schema: ArrowSchema, batches: readonly ArrowBatch[]) => ArrowTable;
  readonly vectorFromArray: (values: Iterable<unknown>, type: ArrowType) => ArrowVector;
  readonly Null: TypeClass;
  readonly Bool: TypeClass;
  readonly Int8: TypeClass;
  readonly Int16: TypeClass;
  readonly Int32: TypeClass;
  readonly Int64: TypeClass;
  readonly Uint8: TypeClass;
  readonly Uint16: TypeClass;
  readonly Uint32: TypeClass;
  readonly Uint64: TypeClass;
  readonly Float16: TypeClass;
  readonly Float32: TypeClass;
  readonly Float64: TypeClass;
  readonly Binary: TypeClass;
  readonly LargeBinary: TypeClass | undefined;
  readonly BinaryView: TypeClass | undefined;
  readonly Utf8: TypeClass;
  readonly LargeUtf8: TypeClass | undefined;
  readonly Utf8View: TypeClass | undefined;
  readonly Decimal: TypeClass<[scale: number, precision: number, bits: number]>;
  readonly DateDay: TypeClass;
  readonly DateMillisecond: TypeClass;
  readonly TimeSecond: TypeClass;
  readonly TimeMillisecond: TypeClass;
  readonly TimeMicrosecond: TypeClass;
  readonly TimeNanosecond: TypeClass;
  readonly Timestamp: TypeClass<[unit: number, zone: string | null]>;
  readonly DurationSecond: TypeClass;
  readonly DurationMillisecond: TypeClass;
  readonly DurationMicrosecond: TypeClass;
  readonly DurationNanosecond: TypeClass;
  readonly IntervalYearMonth: TypeClass;
  readonly IntervalDayTime: TypeClass;
  readonly IntervalMonthDayNano: TypeClass | undefined;
  readonly List: TypeClass<[child: ArrowField]>;
  readonly LargeList: TypeClass<[child: ArrowField]> | undefined;
  readonly FixedSizeList: TypeClass<[size: number, child: ArrowField]>;
  readonly FixedSizeBinary: TypeClass<[bytes: number]>;
  readonly Struct: TypeClass<[children: readonly ArrowField[]]>;
  readonly Map_: TypeClass<[entries: ArrowField, keysSorted: boolean]>;
  readonly Union: TypeClass<
    [mode: number, typeIds: readonly number[], children: readonly ArrowField[]]
  >;
  readonly Dictionary: TypeClass<
    [dictionary: ArrowType, indices: ArrowType, id: null, ordered: boolean]
  >;
}

/**
 * The program's copy of apache-arrow: it is a peer, resolved as this package resolves it, else from
 * the main program or the working folder. Where its CommonJS half is loaded already that one is
 * meant, else the ES module that `import` gives.
 */
function findLibrary(): ArrowLibrary {
  const main = process.argv[1] ?? '';
  const places = [import.meta.url, ...(main === '' ? [] : [main]), join(process.cwd(), 'x.js')];
  for (const place of places) {
    const require = createRequire(place);
    let path;
    try {
      path = require.resolve('apache-arrow');
    } catch {
      continue;
    }
    const module = path.replace(/\.js$/, '.mjs');
    const loaded = require.cache[path] !== undefined || !existsSync(module);
    return require(loaded ? path : module) as ArrowLibrary;
  }
  throw new ConversionError(
    'reading Arrow data needs the package apache-arrow, which is not installed here: ' +
      'npm install apache-arrow',
  );
}

let library: ArrowLibrary | undefined;

export const arrowLibrary = (): ArrowLibrary => (library ??= findLibrary());
