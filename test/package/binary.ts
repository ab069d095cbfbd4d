import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What a linked binary says of itself. */
export interface Binary {
  readonly format: 'elf' | 'mach-o';
  readonly machine: 'x64' | 'arm64' | 'other';
  /** Shared libraries that it asks for. */
  readonly libraries: readonly string[];
  readonly exports: readonly string[];
  /** ELF: the versions of glibc's symbols, `2.17`. */
  readonly glibc: readonly string[];
  /** Folders to look for libraries in, which a binary of ours must not have. */
  readonly paths: readonly string[];
  /** Mach-O: the oldest macOS, and how it is signed. */
  readonly macos?: string;
  readonly signature?: 'ad-hoc' | 'wrong' | 'none';
}

export function readBinary(path: string): Binary {
  const data = readFileSync(path);
  return data.readUInt32BE(0) === 0x7f454c46 ? readElf(data) : readMachO(data);
}

function textAt(data: Buffer, at: number): string {
  return data.toString('latin1', at, data.indexOf(0, at));
}

interface Section {
  readonly type: number;
  readonly link: number;
  readonly offset: number;
  readonly size: number;
  readonly info: number;
}

/** ELF64, little endian: sections by their types (System V ABI, gABI chapter 4). */
function readElf(data: Buffer): Binary {
  const big = (at: number): number => Number(data.readBigUInt64LE(at));
  const [start, size, count] = [big(0x28), data.readUInt16LE(0x3a), data.readUInt16LE(0x3c)];
  const sections = Array.from({ length: count }, (_, i): Section => {
    const at = start + i * size;
    return {
      type: data.readUInt32LE(at + 4),
      offset: big(at + 24),
      size: big(at + 32),
      link: data.readUInt32LE(at + 40),
      info: data.readUInt32LE(at + 44),
    };
  });
  const of = (type: number): Section[] => sections.filter((section) => section.type === type);
  const strings = ({ link }: Section): number => sections[link]?.offset ?? 0;
  const dynamic = of(6).flatMap((section) =>
    Array.from({ length: section.size / 16 }, (_, i) => ({
      tag: big(section.offset + i * 16),
      text: (): string => textAt(data, strings(section) + big(section.offset + i * 16 + 8)),
    })),
  );
  const tagged = (...tags: number[]): string[] =>
    dynamic.filter(({ tag }) => tags.includes(tag)).map(({ text }) => text());
  return {
    format: 'elf',
    machine: ({ 62: 'x64', 183: 'arm64' } as const)[data.readUInt16LE(18)] ?? 'other',
    libraries: tagged(1), // DT_NEEDED
    paths: tagged(15, 29), // DT_RPATH, DT_RUNPATH
    exports: of(11).flatMap((table) => exported(data, table, strings(table))),
    glibc: of(0x6ffffffe).flatMap((table) => versions(data, table, strings(table))),
  };
}

/** Defined symbols of .dynsym that others can see. */
function exported(data: Buffer, table: Section, names: number): string[] {
  return Array.from({ length: table.size / 24 }, (_, i) => table.offset + i * 24)
    .filter((at) => data.readUInt16LE(at + 6) !== 0 && (data[at + 4] ?? 0) >> 4 !== 0)
    .map((at) => textAt(data, names + data.readUInt32LE(at)));
}

/** The rows of .gnu.version_r that are glibc's. */
function versions(data: Buffer, table: Section, names: number): string[] {
  const found: string[] = [];
  let at = table.offset;
  for (let left = table.info; left > 0; left--) {
    let row = at + data.readUInt32LE(at + 8);
    for (let rows = data.readUInt16LE(at + 2); rows > 0; rows--) {
      found.push(textAt(data, names + data.readUInt32LE(row + 8)));
      row += data.readUInt32LE(row + 12);
    }
    at += data.readUInt32LE(at + 12);
  }
  return found.flatMap((name) => /^GLIBC_(\d.*)$/.exec(name)?.[1] ?? []);
}

interface Command {
  readonly kind: number;
  readonly at: number;
}

/** 64-bit Mach-O, little endian: load commands (mach-o/loader.h). */
function readMachO(data: Buffer): Binary {
  if (data.readUInt32LE(0) !== 0xfeedfacf) throw new Error('neither ELF nor 64-bit Mach-O');
  const commands: Command[] = [];
  for (let left = data.readUInt32LE(16), at = 32; left > 0; left--) {
    commands.push({ kind: data.readUInt32LE(at) & 0x7fffffff, at });
    at += data.readUInt32LE(at + 4);
  }
  const of = (...kinds: number[]): number[] =>
    commands.filter(({ kind }) => kinds.includes(kind)).map(({ at }) => at);
  const path = (at: number): string => textAt(data, at + data.readUInt32LE(at + 8));
  const [symbols] = of(2); // LC_SYMTAB
  const [version] = of(0x32); // LC_BUILD_VERSION
  const [signature] = of(0x1d); // LC_CODE_SIGNATURE
  const oldest = version === undefined ? 0 : data.readUInt32LE(version + 12);
  return {
    format: 'mach-o',
    machine: ({ 0x01000007: 'x64', 0x0100000c: 'arm64' } as const)[data.readUInt32LE(4)] ?? 'other',
    libraries: of(0xc, 0x18, 0x1f).map(path), // LC_LOAD_DYLIB, weak, re-exported
    paths: of(0x1c).map(path), // LC_RPATH
    exports: symbols === undefined ? [] : machExports(data, symbols),
    glibc: [],
    macos: `${String(oldest >> 16)}.${String((oldest >> 8) & 0xff)}`,
    signature: signature === undefined ? 'none' : checkSignature(data, signature),
  };
}

function machExports(data: Buffer, at: number): string[] {
  const [table, count, names] = [8, 12, 16].map((offset) => data.readUInt32LE(at + offset));
  return Array.from({ length: count ?? 0 }, (_, i) => (table ?? 0) + i * 16)
    .filter((row) => ((data[row + 4] ?? 0) & 0x0f) === 0x0f) // N_SECT | N_EXT
    .map((row) => textAt(data, (names ?? 0) + data.readUInt32LE(row)));
}

/** Finds the code directory, and recomputes the hash of each page. */
function checkSignature(data: Buffer, at: number): 'ad-hoc' | 'wrong' {
  const blob = data.readUInt32LE(at + 8);
  const count = data.readUInt32BE(blob + 8);
  const slots = Array.from(
    { length: count },
    (_, i) => blob + data.readUInt32BE(blob + 16 + i * 8),
  );
  const directory = slots.find((slot) => data.readUInt32BE(slot) === 0xfade0c02);
  if (data.readUInt32BE(blob) !== 0xfade0cc0 || directory === undefined) return 'wrong';
  const field = (offset: number): number => data.readUInt32BE(directory + offset);
  const [flags, hashes, pages, limit] = [field(12), field(16), field(28), field(32)];
  const pageSize = 1 << (data[directory + 39] ?? 0);
  const right = Array.from({ length: pages }, (_, page) => {
    const end = Math.min((page + 1) * pageSize, limit);
    const found = createHash('sha256')
      .update(data.subarray(page * pageSize, end))
      .digest();
    const expected = directory + hashes + page * 32;
    return found.equals(data.subarray(expected, expected + 32));
  });
  return (flags & 2) !== 0 && pages > 0 && right.every(Boolean) ? 'ad-hoc' : 'wrong';
}
