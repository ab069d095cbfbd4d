#!/usr/bin/env node
import { readFileSync } from 'node:fs';

import { runDoctor } from './commands/doctor.ts';
import { runAdd, runInit, runRemove } from './commands/edit.ts';
import { runLock } from './commands/lock.ts';
import { runSync } from './commands/sync.ts';
import { runVerify } from './commands/verify.ts';

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  init: runInit,
  add: runAdd,
  remove: runRemove,
  lock: runLock,
  sync: runSync,
  verify: runVerify,
  doctor: runDoctor,
};

const HELP = `snakepit: Python inside Node

  snakepit init                          make a pyproject.toml
  snakepit add NAME...                   add Python packages: numpy, "scipy>=1.11"
  snakepit remove NAME...                take packages out
  snakepit lock [--system] [--upgrade]   write snakepit.lock; --system: with this machine's Python
  snakepit sync [--frozen]               set up the project's Python in .snakepit, as locked
                [--reinstall]            --frozen: change no lock; --reinstall: all packages anew
  snakepit verify [--deep]               compare what is installed with the lock; --deep: every file
  snakepit doctor                        look at all that the project's Python depends on
  snakepit --version                     print this package's version
  snakepit --help                        print this text

All but the last two take --project DIR; the project is otherwise the nearest folder upwards with
a snakepit.lock or pyproject.toml. The [project] table of pyproject.toml names the Python it needs
(requires-python) and the packages (dependencies).

  SNAKEPIT_PYTHON   use this CPython (3.11 or newer, with a shared libpython)
  SNAKEPIT_UV       use this uv
  SNAKEPIT_FROZEN   1: sync changes no lock (as --frozen)
  SNAKEPIT_DEBUG    print the stack of an error
`;

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** 0: done. 1: it failed, and said why. 2: it was not understood. */
async function main(args: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--version' || name === '-v') {
    console.log(version());
    return 0;
  }
  if (name === '--help' || name === '-h' || name === 'help' || rest.includes('--help')) {
    console.log(HELP);
    return args.length === 0 ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    console.error(`snakepit: there is no command "${name}". \`npx snakepit --help\` lists them.`);
    return 2;
  }
  try {
    return await command(rest);
  } catch (error) {
    return fail(error);
  }
}

function fail(error: unknown): number {
  const { message, stack, code } =
    error instanceof Error ? asNode(error) : asNode(new Error(String(error)));
  console.error(`snakepit: ${process.env['SNAKEPIT_DEBUG'] ? (stack ?? message) : message}`);
  if (!code?.startsWith('ERR_PARSE_ARGS')) return 1;
  console.error('`npx snakepit --help` lists the options.');
  return 2;
}

function asNode(error: Error): NodeJS.ErrnoException {
  return error;
}

process.exitCode = await main(process.argv.slice(2));
