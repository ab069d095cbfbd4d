/** What a lock can hold an interpreter for, in the lock's order. */
export const PLATFORMS = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-glibc',
  'linux-arm64-musl',
  'linux-x64-glibc',
  'linux-x64-musl',
] as const;

/** A platform as locks and prebuilt binaries name it. */
export type Platform = (typeof PLATFORMS)[number];

export function isPlatform(value: unknown): value is Platform {
  return (PLATFORMS as readonly unknown[]).includes(value);
}

/** The C library a platform's interpreter is linked with; macOS has one only. */
export function libcOf(platform: Platform): 'glibc' | 'musl' | null {
  if (platform.endsWith('-glibc')) return 'glibc';
  return platform.endsWith('-musl') ? 'musl' : null;
}

/** This machine, as the table of uv wheels names it: `linux-x64`, `linux-x64-musl`, … */
export function hostPlatform(): string {
  const base = `${process.platform}-${process.arch}`;
  // One arm64 wheel serves both C libraries.
  return base === 'linux-x64' && isMusl() ? `${base}-musl` : base;
}

/** This machine as a lock names it. Text for one that no lock can have: it is told to the user. */
export function lockPlatform(): string {
  const libc = process.platform === 'linux' ? (isMusl() ? '-musl' : '-glibc') : '';
  return `${process.platform}-${process.arch}${libc}`;
}

/** uv's name of one download: `cpython-3.13.5-linux-x86_64-gnu`. */
export function downloadKey(version: string, platform: Platform): string {
  const [os = '', arch = '', libc] = platform.split('-');
  const machine = arch === 'arm64' ? 'aarch64' : 'x86_64';
  const system = os === 'darwin' ? 'macos' : os;
  const library = { glibc: 'gnu', musl: 'musl' }[libc ?? ''] ?? 'none';
  return `cpython-${version}-${system}-${machine}-${library}`;
}

function isMusl(): boolean {
  const { report } = process as { report: { excludeNetwork?: boolean } & typeof process.report };
  // The report would ask the name of every address of this machine, which can take seconds.
  const before = report.excludeNetwork;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  if (before !== undefined) report.excludeNetwork = before;
  return header?.glibcVersionRuntime === undefined;
}
