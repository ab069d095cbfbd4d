import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ProvisionError } from '../errors/provision-errors.ts';
import { tail } from './command.ts';
import { readText } from './hash.ts';
import type { LockedPackage } from './lock.ts';
import type { Needs } from './needs.ts';
import { online, type OnlineRequest } from './online.ts';
import { parseRequirements, requirementsText } from './requirements-text.ts';
import { scratchFolder } from './scratch.ts';
import { lowestMinor } from './specifier.ts';

/** What choosing versions needs to know. */
export interface ResolveRequest extends OnlineRequest {
  readonly home: string;
  readonly needs: Needs;
  /** Any CPython: uv asks it, but the result is for all versions and platforms. */
  readonly python: string;
  /** Chosen before: they stay while they still fit, so that adding a package moves no other. */
  readonly before: readonly LockedPackage[];
}

/** Chooses the versions of all packages, for all platforms at once, and collects their hashes. */
export async function resolvePackages(request: ResolveRequest): Promise<readonly LockedPackage[]> {
  const { home, needs, python, before, report } = request;
  if (needs.requirements.length === 0) return [];
  report(`resolving ${String(needs.requirements.length)} requirements for all platforms`);
  const folder = scratchFolder(home);
  try {
    const [output, constraints] = [join(folder, 'out.txt'), join(folder, 'constraints.txt')];
    if (before.length > 0) writeFileSync(output, requirementsText(before));
    writeFileSync(constraints, `${needs.constraints.join('\n')}\n`);
    const compile = ['pip', 'compile', '-', '--quiet', '--universal', '--generate-hashes'];
    const range = ['--python-version', lowestMinor(needs.inputs.requiresPython)];
    const files = ['--output-file', output, '--constraints', constraints];
    const plain = ['--no-header', '--no-annotate', '--only-binary', ':all:', '--python', python];
    const variant = needs.accelerator === null ? [] : ['--torch-backend', needs.accelerator];
    const args = [...compile, ...range, ...files, ...plain, ...variant];
    const ran = await online(request, 'resolving', args, `${needs.requirements.join('\n')}\n`);
    if (ran.code !== 0) {
      throw new ProvisionError(
        `the requirements in pyproject.toml could not be resolved. uv said:\n${tail(ran.stderr)}`,
      );
    }
    return parseRequirements(readText(output) ?? '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
