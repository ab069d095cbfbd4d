/** Acts that a sandbox refuses: Python that does one, and gives something where it was done. */
export interface Act {
  readonly name: string;
  readonly source: string;
  /** The option that opens it, as the error says it; absent: none does. */
  readonly door?: RegExp;
}

const SYSCALL = `
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
def ask(x86_64, aarch64, *args):
    number = x86_64 if platform.machine() == 'x86_64' else aarch64
    values = [a if a is None or isinstance(a, bytes) else ctypes.c_long(a) for a in args]
    answer = libc.syscall(ctypes.c_long(number), *values)
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer
`;

/** `victim`: another process of the same user; `host`: this one. */
const PROCESSES: readonly Act[] = [
  { name: 'a signal to the host', source: 'import os\nos.kill(host, 0)\nreturn True' },
  {
    name: 'a signal to its group',
    source: 'import os\nos.killpg(os.getpgid(host), 0)\nreturn True',
  },
  {
    name: 'a signal to one of its threads',
    source: `${SYSCALL}\nask(234, 131, host, host, 0)\nreturn True`,
  },
  {
    name: 'a queued signal to it',
    source: `${SYSCALL}\nask(129, 138, host, 0, bytes([0]*8 + [0xFF]*4 + [0]*116))\nreturn True`,
  },
  {
    name: 'its limits',
    source: 'import resource\nresource.prlimit(host, resource.RLIMIT_NOFILE)\nreturn True',
  },
  {
    name: 'ptrace',
    source: `${SYSCALL}\nask(101, 117, 0x4206, victim, 0, 0)\nask(101, 117, 0x4207, victim, 0, 0)
os.waitpid(victim, 0x40000000)\nask(101, 117, 17, victim, 0, 0)\nreturn True`,
  },
  {
    name: 'its memory by process_vm_readv',
    source: `${SYSCALL}\nask(310, 270, victim, bytes(16), 0, bytes(16), 0, 0)\nreturn True`,
  },
  { name: 'its environment', source: 'return len(open(f"/proc/{host}/environ", "rb").read()) > 0' },
  { name: 'its memory by /proc', source: 'open(f"/proc/{host}/mem", "rb").close()\nreturn True' },
  {
    name: 'its descriptors',
    source: `${SYSCALL}\nask(438, 438, ask(434, 434, victim, 0), 0, 0)\nreturn True`,
  },
];

const MACHINE: readonly Act[] = [
  { name: 'a namespace', source: `${SYSCALL}\nask(272, 97, 0x04000000)\nreturn True` },
  { name: 'a ring of calls', source: `${SYSCALL}\nreturn ask(425, 425, 1, bytes(120)) > 2` },
  {
    name: 'a key of the user',
    source: `${SYSCALL}\nreturn ask(250, 219, 0, -4, 0) != 0`,
  },
];

/** Refused by every profile but `none`. */
export const DANGEROUS: readonly Act[] = [...PROCESSES, ...MACHINE];

const NET = /net: true/;
const NEW = /processes: true/;
const WRITE = /write: \['\//;
const READ = /read: \['\//;

/** `outside`: a folder with the file `file`, in no list. Refused by `strict` beside the others. */
export const LOCKED: readonly Act[] = [
  { name: 'a socket', source: 'import socket\nsocket.socket().close()\nreturn True', door: NET },
  {
    name: 'a unix socket',
    source: 'import socket\nsocket.socket(socket.AF_UNIX).close()\nreturn True',
    door: NET,
  },
  {
    name: 'a socket, past Python’s own class',
    source: 'import _socket\n_socket.socket().close()\nreturn True',
    door: NET,
  },
  {
    name: 'the address of a name',
    source: 'import socket\nreturn len(socket.getaddrinfo("localhost", 80)) > 0',
    door: NET,
  },
  {
    name: 'a fork',
    source: 'import os\npid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)\nreturn True',
    door: NEW,
  },
  {
    name: 'a fork, past Python',
    source: `${SYSCALL}\npid = libc.fork()\nif pid == 0: os._exit(0)
if pid < 0: raise OSError(ctypes.get_errno(), "fork")\nos.waitpid(pid, 0)\nreturn True`,
    door: NEW,
  },
  {
    name: 'a program',
    source: 'import subprocess\nreturn subprocess.run(["true"]).returncode == 0',
    door: NEW,
  },
  { name: 'a command', source: 'import os\nreturn os.system("true") == 0', door: NEW },
  {
    name: 'a program by posix_spawn',
    source:
      'import os\npid = os.posix_spawn("/bin/true", ["true"], {})\nos.waitpid(pid, 0)\nreturn True',
    door: NEW,
  },
  {
    name: 'a process of multiprocessing',
    source:
      'import multiprocessing\np = multiprocessing.get_context("fork").Process(target=int)\np.start()\np.join()\nreturn True',
    door: NEW,
  },
  { name: 'to read a file', source: 'return len(open(f"{outside}/file").read()) > 0', door: READ },
  { name: 'to read the users', source: 'return len(open("/etc/passwd").read()) > 0', door: READ },
  {
    name: 'to list a folder',
    source: 'import os\nreturn len(os.listdir(outside)) > 0',
    door: READ,
  },
  {
    name: 'to see the host in /proc',
    source: 'return len(open(f"/proc/{host}/status").read()) > 0',
  },
  {
    name: 'to make a file',
    source:
      'import os\nopen(f"{outside}/new", "w").close()\nos.unlink(f"{outside}/new")\nreturn True',
    door: WRITE,
  },
  {
    name: 'to write on a file',
    source: 'open(f"{outside}/file", "a").close()\nreturn True',
    door: WRITE,
  },
  {
    name: 'to cut a file',
    source: 'import os\nos.truncate(f"{outside}/file", 3)\nreturn True',
    door: WRITE,
  },
  {
    name: 'to cut a file by opening it to read',
    source: 'import os\nos.close(os.open(f"{outside}/cut", os.O_RDONLY | os.O_TRUNC))\nreturn True',
  },
  {
    name: 'to move a file',
    source:
      'import os\nos.rename(f"{outside}/file", f"{outside}/b")\nos.rename(f"{outside}/b", f"{outside}/file")\nreturn True',
    door: WRITE,
  },
  {
    name: 'to make a folder',
    source: 'import os\nos.mkdir(f"{outside}/d")\nos.rmdir(f"{outside}/d")\nreturn True',
    door: WRITE,
  },
  {
    name: 'to link',
    source: 'import os\nos.symlink("a", f"{outside}/s")\nos.unlink(f"{outside}/s")\nreturn True',
    door: WRITE,
  },
  {
    name: 'to change a mode',
    source: 'import os\nos.chmod(f"{outside}/file", 0o600)\nreturn True',
  },
  {
    name: 'to change an owner',
    source: 'import os\nos.chown(f"{outside}/file", os.getuid(), os.getgid())\nreturn True',
  },
  {
    name: 'to change a time',
    source: 'import os\nos.utime(f"{outside}/file", (1, 1))\nreturn True',
  },
  {
    name: 'to write beside Python',
    source: `import json, os
name = os.path.join(os.path.dirname(json.__file__), "snakepit-test")
open(name, "w").close()
os.unlink(name)
return True`,
    door: WRITE,
  },
  {
    name: 'to cut what it shares with the host',
    source: 'import os\nos.ftruncate(8, 0)\nreturn True',
  },
  {
    name: 'to leave memory that others find by a number',
    source: `${SYSCALL}\nreturn ask(29, 194, 0, 4096, 0o1600) >= 0`,
  },
];
