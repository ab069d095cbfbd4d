import { closeSync, openSync, readSync } from 'node:fs';

type Libc = 'glibc' | 'musl';

/** The program loader that Node's own file asks for; null where it does not say. */
function libcOfExecutable(): Libc | null {
  const head = Buffer.alloc(4096);
  try {
    const file = openSync(process.execPath, 'r');
    readSync(file, head, 0, head.length, 0);
    closeSync(file);
  } catch {
    return null;
  }
  if (head.includes('/ld-musl')) return 'musl';
  return head.includes('/ld-linux') ? 'glibc' : null;
}

/** Sure, but some 5 ms: the report looks at everything the process has. */
function libcOfReport(): Libc {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * node-gyp-build asks only whether this is Alpine, and would choose glibc on every other musl
 * system; LIBC is what it listens to.
 */
export function tellLibc(): void {
  if (process.platform === 'linux' && process.env['LIBC'] === undefined) {
    process.env['LIBC'] = libcOfExecutable() ?? libcOfReport();
  }
}
