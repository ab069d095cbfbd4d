import type { LockedAccelerator, LockedPackage } from './lock.ts';
import type { Needs } from './needs.ts';

/**
 * The lowest Linux driver for each major release of CUDA, whose later minor releases it runs too
 * (CUDA Toolkit release notes, "CUDA minor version compatibility").
 */
const LOWEST_DRIVER: Readonly<Record<string, string>> = {
  11: '450.80.02',
  12: '525.60.13',
  13: '580.65.06',
};

/** The package that CUDA's own libraries come with; its version is CUDA's. */
const RUNTIME = /^nvidia-cuda-runtime(-cu\d+)?$/;

/** What a resolution needs of the graphics card; null where nothing in it asks for one. */
export function acceleratorOf(
  { accelerator }: Needs,
  packages: readonly LockedPackage[],
): LockedAccelerator | null {
  const runtimes = packages.flatMap(({ name, version }) =>
    RUNTIME.test(name) && typeof version === 'string' ? [Number.parseInt(version, 10)] : [],
  );
  const asked = /^cu(\d\d)/.exec(accelerator ?? '')?.[1];
  const major = Math.max(0, Number(asked ?? 0), ...runtimes);
  const driver = LOWEST_DRIVER[major] ?? null;
  return accelerator === null && driver === null ? null : { variant: accelerator, driver };
}
