// Starts the addon itself with what argument 1 names as libpython; prints the error's code and text.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const addon = process.env.SNAKEPIT_ADDON
  ? require(process.env.SNAKEPIT_ADDON)
  : require('node-gyp-build')(root);
addon.install({
  makeError: (code, message) => Object.assign(new Error(message), { code }),
});
try {
  addon.start({ libpython: process.argv[2], executable: process.execPath, package: root });
  console.log('started');
} catch (error) {
  console.log(`${error.code} ${error.message}`);
}
