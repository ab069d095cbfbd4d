import { join } from 'node:path';

import type { CopyPolicy } from '../contract/copies.ts';
import type { HelperPacks } from '../contract/helpers.ts';
import { loadBinding, packageRoot } from '../native/load.ts';
import { installTensors } from '../tensor/install.ts';
import { setCopyPolicy } from '../tensor/transfer.ts';
import { build } from './build.ts';
import { copyArray, makeArray } from './copy-array.ts';
import { makeException } from './exceptions.ts';
import { flatten } from './flatten.ts';
import { expectLibraries, type Libraries } from './host-libraries.ts';
import { makeJsHooks } from './js-hooks.ts';
import { createFace, type PythonFace } from './python-face.ts';
import type { MakeAsync } from './lift.ts';
import { followInterrupts } from './interrupts.ts';
import { writeOutput } from './output.ts';
import { installProxies } from './python-object.ts';

export { callOperator } from './operators.ts';
export type { PythonFace } from './python-face.ts';

/** A verified Python, as src/provision/locate.ts gives it. */
export interface InProcessOptions {
  readonly libpython: string;
  readonly executable: string;
  readonly copy: CopyPolicy;
  readonly helpers: HelperPacks;
  readonly libraries: Libraries;
  /** Makes `py.async`, when somebody asks for it. */
  readonly async: MakeAsync;
}

/** Starts Python in this process, or joins the one that another JS thread started. */
export function openInProcess(options: InProcessOptions): PythonFace {
  const binding = loadBinding();
  installProxies();
  binding.install({ makeException, flatten, build, copyArray, makeArray, writeOutput });
  binding.install({ js: makeJsHooks(binding) });
  binding.start({
    libpython: options.libpython,
    executable: options.executable,
    package: join(packageRoot, 'python', 'snakepit'),
  });
  installTensors();
  setCopyPolicy(options.copy);
  expectLibraries(options.libraries);
  // A worker_thread's end is not the process's.
  if (binding.onMainThread()) {
    followInterrupts();
    process.once('exit', () => {
      binding.atExit();
    });
  }
  return createFace(options.helpers, options.async);
}
