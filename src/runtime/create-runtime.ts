import { type OpenOptions, type OpenSettings, readOpenOptions } from '../contract/options.ts';
import { AlreadyOpenError } from '../errors/errors.ts';
import { helperPacks } from '../helpers/helpers.ts';
import { openInProcess, type PythonFace } from '../in-process/open.ts';
import { locate } from '../provision/locate.ts';
import { createAsyncFace } from './async-face.ts';
import { BUILT_IN } from './built-in-helpers.ts';

interface Opened {
  readonly settings: OpenSettings;
  readonly project: string;
  readonly face: PythonFace;
}

/** Of this JS thread; the interpreter is one for the process. */
let opened: Opened | null = null;

/** No options at all ask for nothing in particular: the Python that is open will do. */
function agree(before: Opened, raw: OpenOptions | undefined): PythonFace {
  if (raw === undefined) return before.face;
  const asked = readOpenOptions(raw);
  const project = asked.project === null ? before.project : locate(asked.project).project;
  const copy = raw.copy === undefined ? before.settings.copy : asked.copy;
  if (project === before.project && copy === before.settings.copy) return before.face;
  throw new AlreadyOpenError(
    `Python is already open in this process for ${before.project} with copy: ` +
      `'${before.settings.copy}'. There is one interpreter a process: open it once, with the ` +
      'options that all of the program needs, and pass those to open() or none.',
  );
}

/**
 * The provisioned Python of a project, in this process, synchronous. A second call gives the same.
 *
 * @example
 * const py = open();
 * const np = py.import("numpy");
 * np.arange(12).sum(); // 66
 *
 * @throws NotSyncedError, LockMismatchError, NoPythonError, AlreadyOpenError
 */
export function open(options?: OpenOptions): PythonFace {
  if (opened !== null) return agree(opened, options);
  const settings = readOpenOptions(options);
  const python = locate(settings.project ?? undefined);
  const face = openInProcess({
    libpython: python.libpython,
    executable: python.executable,
    copy: settings.copy,
    libraries: { openssl: python.openssl, zlib: python.zlib },
    helpers: helperPacks(python.project, BUILT_IN),
    async: (sync) => createAsyncFace(python.project, sync),
  });
  opened = { settings, project: python.project, face };
  return face;
}
