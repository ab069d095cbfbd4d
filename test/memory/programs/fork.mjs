// A forked child writes into an array of the arena: the parent must not see it, and the child must
// not break what it has when it allocates and ends.
import { bytesOf, check, expected, full, make, py, report } from '../support/host.mjs';

const { child } = py.exec(
  `
import os
import numpy as np
def child(x, value):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            x[:] = value
            own = np.full(1_000_000, value, dtype=np.uint32)
            del own
            code = 0 if int(x[-1]) == value and int(x[0]) == value else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
`,
  { out: ['child'] },
);

for (const count of [262_144, 25_000, 10_000]) {
  const array = make(count, 1);
  const { data } = py.fromNumpy(array);
  const code = child(array, 4_000_000_000);
  check(code === 0, `the child of ${count * 4} bytes ended with ${code}`);
  check(
    Buffer.compare(bytesOf(data), bytesOf(expected(count, 1))) === 0,
    `${count * 4} bytes: the parent sees what its child wrote`,
  );
}
report({ full });
