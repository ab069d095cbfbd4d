"""What a worker may not do from here on: applied by itself, before any code of users runs in it.

Two steps. `guard` is for every profile but `none`, and for the template too, so that what it
imports runs under it. `lock` is for `strict` and `cuda`, in the worker. What the kernel lacks the
host knows (src/pool/sandbox.ts) and leaves out of the settings; whatever else fails here ends the
process.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from glob import glob
from typing import TypedDict

from . import landlock, refusals, scratch, seccomp
from .kernel import MACHINE, PR_SET_NO_NEW_PRIVS, ask, prctl
from .landlock import DEVICE, EXECUTE, READ, WRITE
from .syscalls import ARCHITECTURES


class Settings(TypedDict):
    """What the host says (src/pool/sandbox.ts)."""

    profile: str
    read: list[str]
    write: list[str]
    net: bool
    processes: bool
    # Files of ours that a worker reads: the package, the addon, helper packs.
    own: list[str]
    # Variables that the pool's options set: they stay as they are.
    env: list[str]
    # What the kernel gives; the version of Landlock is 0 for none.
    seccomp: bool
    landlock: int


# What libraries, the C library and Python itself read on their way. Nothing of a user is in there,
# and nothing of another process.
_SYSTEM = (
    *("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"),
    *("/lib", "/lib64", "/usr/share", "/usr/local/share"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload"),
    *("/etc/localtime", "/etc/timezone", "/etc/locale.alias", "/etc/fonts", "/etc/mime.types"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg"),
    *("/proc/uptime", "/proc/version", "/proc/filesystems", "/proc/sys/vm", "/proc/sys/kernel"),
    *("/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm"),
)
_NETWORK = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/etc/host.conf", "/etc/gai.conf"),
    *("/etc/nsswitch.conf", "/etc/services", "/etc/protocols", "/run/systemd/resolve"),
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/crypto-policies"),
)
_PROGRAMS = ("/usr", "/bin", "/sbin")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# NVIDIA's driver, by its nodes, and what its library asks about the machine.
_CUDA_DEVICES = ("/dev/nvidia*", "/dev/dxg", "/dev/dri/*")
_CUDA = (
    *("/proc/driver/nvidia", "/proc/devices", "/proc/modules", "/sys/bus/pci", "/sys/devices"),
    *("/sys/module", "/sys/class", "/usr/local/cuda", "/usr/local/nvidia", "/etc/OpenCL"),
)

# Descriptors of a worker that the host has too: status page, dumps, data both ways.
_SHARED = (5, 6, 7, 8)

# <linux/capability.h>. Root's rights over files and ports are the user's, and stay under `default`;
# those over the machine and over other processes go.
_VERSION_3 = 0x20080522
_CHOWN, _DAC_OVERRIDE, _DAC_READ_SEARCH, _FOWNER, _FSETID, _KILL, _SETGID, _SETUID = range(8)
_NET_BIND_SERVICE, _NET_RAW, _IPC_LOCK, _SYS_NICE, _SETFCAP = 10, 13, 14, 23, 31
# Landlock says what is read and written.
_LOCKED_RIGHTS = (_DAC_OVERRIDE, _DAC_READ_SEARCH)
_GUARDED_RIGHTS = (
    *(_CHOWN, _DAC_OVERRIDE, _DAC_READ_SEARCH, _FOWNER, _FSETID, _KILL, _SETGID, _SETUID),
    *(_NET_BIND_SERVICE, _NET_RAW, _IPC_LOCK, _SYS_NICE, _SETFCAP),
)

# Kept open for ever: see landlock.enforce.
_held: list[int] = []


def _keep_rights(kept: tuple[int, ...]) -> None:
    """Let go of other rights than these; an ordinary user has none."""
    head = struct.pack("=Ii", _VERSION_3, 0)
    buffer = ctypes.create_string_buffer(24)
    ask("capget", head, buffer)
    # Effective, permitted and inheritable: of the rights below 32, and of those above.
    have = struct.unpack("=6I", buffer.raw)
    wanted = sum(1 << one for one in kept)
    left = [one & (wanted >> 32 * (i // 3)) & 0xFFFFFFFF for i, one in enumerate(have)]
    if tuple(left) != have:
        ask("capset", head, struct.pack("=6I", *left))


def guard(settings: Settings, protected: list[int]) -> None:
    """Keep these processes, and the machine, from whatever runs here: every profile but `none`."""
    refusals.guarded()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if MACHINE not in ARCHITECTURES:
        return
    _keep_rights(_GUARDED_RIGHTS)
    alone(settings)
    if settings["seccomp"]:
        seccomp.enforce(seccomp.guard(protected).assemble())


def alone(settings: Settings) -> None:
    """No signals to processes outside, nor a look into them. Each worker for itself."""
    if settings["landlock"] > 1:
        landlock.enforce(landlock.nobody_else(settings["landlock"]))


def is_locked(settings: Settings) -> bool:
    """Whether workers have scratch folders, and nothing else to write in."""
    return settings["profile"] in {"strict", "cuda"}


def processes(*pids: int) -> list[int]:
    """Give these processes and their groups, as system calls name them."""
    groups = (os.getpgid(pid) for pid in pids)
    return sorted({*pids, *(-pid for pid in pids), *(-group for group in groups)})


def start(settings: Settings, host: int, folder: str | None) -> None:
    """Do all of it, in a worker that was not forked."""
    if folder is not None:
        _held.append(scratch.hold(folder))
    guard(settings, processes(host))
    if folder is not None:
        enter(settings, folder)


def enter(settings: Settings, folder: str | None) -> None:
    """Step over, in a worker that is guarded already."""
    if folder is None:
        alone(settings)
    else:
        scratch.enter(folder, settings["env"])
        lock(settings, folder)


def lock(settings: Settings, folder: str) -> None:
    """Read by list, write in the scratch folder, and begin nothing outside: `strict` and `cuda`."""
    # Beside the sources it would be refused, once for each module.
    sys.dont_write_bytecode = True
    if len(os.listdir("/proc/self/task")) > 1:
        # Landlock would mean this thread alone.
        message = "a thread runs already"
        raise RuntimeError(message)
    _keep_rights(_LOCKED_RIGHTS)
    rules = _rules(settings, folder)
    _held.extend(landlock.enforce(rules))
    doors = seccomp.Doors(
        own=os.getpid(),
        net=settings["net"],
        processes=settings["processes"],
        shared=_SHARED,
        abi=settings["landlock"],
    )
    seccomp.enforce(seccomp.lock(doors).assemble())
    refusals.locked(
        settings["profile"],
        readable=[os.path.realpath(path) for path, _ in rules.paths],
        writable=[os.path.realpath(path) for path in (folder, *settings["write"])],
        net=settings["net"],
        processes=settings["processes"],
    )


def _rules(settings: Settings, folder: str) -> landlock.Rules:
    rules = landlock.Rules(settings["landlock"], sockets=settings["net"])
    programs = EXECUTE if settings["processes"] else 0
    interpreter = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    rules.allow(READ | programs, *_SYSTEM, *interpreter, *filter(None, [*sys.path, *libraries]))
    rules.allow(READ | programs, *settings["own"], *settings["read"])
    rules.allow(READ | WRITE | programs, folder, *settings["write"])
    rules.allow(DEVICE, *_DEVICES)
    if settings["net"]:
        own = (os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
        rules.allow(READ, *_NETWORK, *filter(None, own))
    if settings["processes"]:
        rules.allow(READ | EXECUTE, *_PROGRAMS)
    if settings["profile"] == "cuda":
        rules.allow(READ, *_CUDA)
        rules.allow(DEVICE | READ, *(node for name in _CUDA_DEVICES for node in glob(name)))
    return rules
