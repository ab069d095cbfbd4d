import { spawn } from 'node:child_process';

import { redact } from './redact.ts';

/** What a finished child process left behind. */
export interface Ran {
  /** Exit code; null when a signal ended it, or when it could not be started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** Milliseconds after which the child is killed. */
  readonly timeout: number;
}

/** Runs a program to its end. Never throws for the program's own failure: look at `code`. */
export function run(file: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: options.env,
      cwd: options.cwd,
      timeout: options.timeout,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const finish = (code: number | null, more = ''): void => {
      const stderr = Buffer.concat(err).toString('utf8') + more;
      resolve({ code, stdout: Buffer.concat(out).toString('utf8'), stderr });
    };
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (error) => {
      finish(null, error.message);
    });
    child.on('close', (code, signal) => {
      finish(code, signal === null ? '' : `\nended by ${signal}`);
    });
    // A child that ends without reading its input closes the pipe: its exit code says more.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** The last lines of a tool's message, indented, for an error text. */
export function tail(text: string, lines = 12): string {
  const kept = redact(text).trim().split('\n').slice(-lines);
  return kept.map((line) => `  ${line}`).join('\n');
}
