#!/usr/bin/env node
import { readFileSync } from 'node:fs';

import { runSync } from './commands/sync.ts';

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  sync: runSync,
};

const HELP = `snakepit: Python inside Node

  snakepit sync [--project DIR]   set up the Python of a project in DIR/.snakepit
  snakepit --version              print this package's version
  snakepit --help                 print this text

The project is the nearest folder upwards with a pyproject.toml; its [project] table names the
Python it needs (requires-python) and the packages (dependencies).

  SNAKEPIT_PYTHON   use this CPython (3.11 or newer, with a shared libpython)
  SNAKEPIT_UV       use this uv
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
