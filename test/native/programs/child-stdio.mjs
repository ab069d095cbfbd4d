import { open } from 'snakepit';

const py = open({ project: process.env.SNAKEPIT_TEST_PROJECT });
py.import('subprocess').run(['echo', 'hi']);
