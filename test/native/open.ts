import { open } from '../../src/runtime/create-runtime.ts';
import type { PythonFace } from '../../src/in-process/open.ts';

const project = process.env['SNAKEPIT_TEST_PROJECT'];

/** The test project's Python, in this test file's process. */
export const py: PythonFace = open(project === undefined ? {} : { project });
