/** Where an interpreter came from: downloaded by uv into the project, or found on the machine. */
export type PythonSource = 'managed' | 'system';

/** Options of `sync()`. */
export interface SyncOptions {
  /** The project's folder; by default the nearest one upwards with a pyproject.toml. */
  readonly project?: string;
  /**
   * Install what snakepit.lock says, and change neither it nor `.snakepit/local.lock`: what does
   * not fit is an error. By default true where SNAKEPIT_FROZEN is `1`.
   */
  readonly frozen?: boolean;
  /** Install all packages anew, where files of theirs were changed. By default false. */
  readonly reinstall?: boolean;
  /** The environment that settings are read from; by default this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Receives one line for each step. */
  readonly onProgress?: (line: string) => void;
}

/** What a project has after a sync. */
export interface SyncResult {
  readonly project: string;
  /** False when everything was in place already. */
  readonly changed: boolean;
  readonly source: PythonSource;
  /** Of CPython: `3.13.5`. */
  readonly version: string;
  /** The python of the project's virtual environment. */
  readonly executable: string;
  readonly libpython: string;
  /** Versions by name. */
  readonly packages: Readonly<Record<string, string>>;
}
