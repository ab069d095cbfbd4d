import { readFileSync } from 'node:fs';

/** Where the kernel counts what it killed for memory, in the two kinds of control groups. */
const FILES: readonly string[] = [
  '/sys/fs/cgroup/memory.events',
  '/sys/fs/cgroup/memory/memory.oom_control',
];

function count(): number {
  for (const file of FILES) {
    try {
      const match = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'));
      if (match !== null) return Number(match[1]);
    } catch {
      // Not this kind, or not readable in this container.
    }
  }
  return 0;
}

/** Whether the kernel killed for memory lately: what tells its SIGKILL from somebody else's. */
export class OomWatch {
  #seen: number = count();

  /** True once for each rise of the count. */
  rose(): boolean {
    const now = count();
    const rose = now > this.#seen;
    this.#seen = now;
    return rose;
  }
}
