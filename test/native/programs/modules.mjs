// What a Python that was only opened has imported; and its executable.
import { open } from 'snakepit';

const { executable, modules } = open({ project: process.env.SNAKEPIT_TEST_PROJECT }).import('sys');
console.log(JSON.stringify({ executable, modules: [...modules.keys()] }));
