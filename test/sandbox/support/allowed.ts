import type { Act } from './acts.ts';

/** What works in every profile. */
export const ALLOWED: readonly Act[] = [
  {
    name: 'threads',
    source:
      'from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool: return sum(pool.map(abs, range(-9, 0))) == 45',
  },
  {
    name: 'linear algebra, with its threads',
    source:
      'import numpy as np\na = np.random.rand(400, 400)\nreturn bool(np.allclose(a @ np.linalg.inv(a), np.eye(400)))',
  },
  {
    name: 'files for the time being',
    source: `import os, tempfile
with tempfile.TemporaryDirectory() as d:
    with open(f"{d}/a", "w") as f: f.write("abc")
    os.truncate(f"{d}/a", 2)
    os.rename(f"{d}/a", f"{d}/b")
    os.mkdir(f"{d}/sub")
    os.rename(f"{d}/b", f"{d}/sub/b")
    os.symlink("b", f"{d}/sub/s")
    with open(f"{d}/sub/s") as f: return f.read() == "ab"`,
  },
  {
    name: 'arrays on disk',
    source: `import numpy as np, tempfile
name = tempfile.mkdtemp() + "/a.npy"
np.save(name, np.arange(9))
m = np.lib.format.open_memmap(name, mode="r+")
m[3] = 7
m.flush()
f = open(name, "r+b")
f.truncate(f.seek(0, 2))
return int(np.load(name)[3]) == 7`,
  },
  {
    name: 'an event loop',
    source: 'import asyncio\nreturn asyncio.run(asyncio.sleep(0, 5)) == 5',
  },
  {
    name: 'signals to itself',
    source: 'import os, signal\nsignal.raise_signal(0)\nos.kill(os.getpid(), 0)\nreturn True',
  },
  {
    name: 'memory files',
    source: 'import os\nf = os.memfd_create("x")\nos.ftruncate(f, 10)\nos.close(f)\nreturn True',
  },
  {
    name: 'a database',
    source: `import sqlite3, tempfile
db = sqlite3.connect(tempfile.mkdtemp() + "/x.db")
db.execute("create table t (a)")
db.execute("insert into t values (5)")
db.commit()
return db.execute("select a from t").fetchone()[0] == 5`,
  },
  {
    name: 'the standard library',
    source:
      'import ssl, ctypes.util, uuid, zoneinfo, platform, getpass, email, sqlite3, multiprocessing\nuuid.uuid1()\nplatform.platform()\nreturn zoneinfo.ZoneInfo("Europe/Berlin").key == "Europe/Berlin"',
  },
  {
    name: 'its own place in /proc',
    source:
      'return "VmRSS" in open("/proc/self/status").read() and len(open("/proc/self/maps").read()) > 0',
  },
  { name: 'the number of cores', source: 'import os\nreturn (os.cpu_count() or 0) > 0' },
];
