// Says where its worker may write, and works for ever: whoever started it ends it.
import { isolated } from 'snakepit';

const pool = await isolated({
  project: process.env.SNAKEPIT_TEST_PROJECT,
  workers: 1,
  spares: 0,
  sandbox: 'strict',
});
const source =
  'import tempfile\nfolder = tempfile.gettempdir()\nopen(f"{folder}/file", "w").close()';
const { folder } = await pool.exec(source, { out: ['folder'] });
process.stdout.write(`${folder}\n`);
await pool.exec('import time\ntime.sleep(600)');
