/** This machine, as the table of uv wheels names it: `linux-x64`, `linux-x64-musl`, … */
export function hostPlatform(): string {
  const base = `${process.platform}-${process.arch}`;
  // One arm64 wheel serves both C libraries.
  return base === 'linux-x64' && isMusl() ? `${base}-musl` : base;
}

function isMusl(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}
