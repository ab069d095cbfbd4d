"""What a refused act says: which profile refused it, and which option would allow it.

The kernel refuses, with a number (EPERM, EACCES), which Python raises as a PermissionError. Words
are added where the exception leaves for the host; and before the kernel is asked where Python tells
us what is about to be done (an audit hook), so that code of users sees them too.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, NamedTuple

from . import records


class _Locked(NamedTuple):
    profile: str
    readable: list[str]
    writable: list[str]
    net: bool
    processes: bool


_locked: _Locked | None = None

_REFUSED = (errno.EPERM, errno.EACCES)
_PROCESSES = {
    *("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system"),
    *("subprocess.Popen", "pty.spawn"),
}
# The C library asks the network itself, and what it answers then says nothing of a refusal.
_NAMES = frozenset(
    ["socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"]
)
_NO_FILENO = object()


def guarded() -> None:
    """This process is under `default` from here on."""
    records.explain = words


def locked(
    profile: str, *, readable: list[str], writable: list[str], net: bool, processes: bool
) -> None:
    """This process is under `strict` or `cuda` from here on, with these doors open."""
    global _locked  # noqa: PLW0603 - a process has one sandbox
    _locked = _Locked(profile, readable, writable, net, processes)
    if not (net and processes):
        sys.addaudithook(_refuse_early)


def _option(profile: str, *doors: str) -> str:
    return f"sandbox: {{ {', '.join([f'profile: {profile!r}', *doors])} }}"


def _refusal(what: str, door: str) -> PermissionError:
    assert _locked is not None
    profile = _locked.profile
    text = f"sandbox {profile!r} refused {what}; it is allowed by {_option(profile, door)}"
    return PermissionError(errno.EPERM, text)


def _refuse_early(event: str, args: tuple[Any, ...]) -> None:
    """Say no before the kernel does, with words."""
    if _locked is None:
        return
    if event in _PROCESSES and not _locked.processes:
        raise _refusal(f"a new process ({event})", "processes: true")
    if _locked.net:
        return
    if event in _NAMES:
        raise _refusal(f"the network ({event})", "net: true")
    # A pair of sockets is one process's own; it comes by here too, with its descriptors.
    if event == "socket.__new__" and _is_new_socket():
        raise _refusal("a socket", "net: true")


def _is_new_socket() -> bool:
    caller = sys._getframe(2)
    return caller.f_locals.get("fileno", _NO_FILENO) is None


def _is_below(path: str, folders: list[str]) -> bool:
    return any(path == one or path.startswith(one.rstrip("/") + "/") for one in folders)


def _path(exception: BaseException) -> str | None:
    name: object = getattr(exception, "filename", None)
    if not isinstance(name, str | bytes):
        return None
    return os.path.realpath(os.fsdecode(name))


def _closed(sandbox: _Locked) -> list[str]:
    doors = (("net: true", sandbox.net), ("processes: true", sandbox.processes))
    return [door for door, is_open in doors if not is_open]


def _words(exception: OSError, sandbox: _Locked) -> str:
    profile = sandbox.profile
    path = _path(exception)
    if path is None:
        doors = " and ".join(_option(profile, door) for door in _closed(sandbox))
        more = f" Doors that are closed open by {doors}." if doors else ""
        return f"sandbox {profile!r} refuses this; docs/sandbox.md lists what it refuses.{more}"
    if _is_below(path, sandbox.writable):
        return ""
    if _is_below(path, sandbox.readable):
        return (
            f"sandbox {profile!r} allows no writing there; "
            f"{_option(profile, f'write: [{os.path.dirname(path)!r}]')} does"
        )
    return (
        f"sandbox {profile!r} allows neither reading nor writing there; "
        f"{_option(profile, f'read: [{path!r}]')} or {_option(profile, f'write: [{path!r}]')} does"
    )


def words(exception: BaseException) -> str:
    """What to add to the message of an exception that a sandbox may have caused; mostly nothing."""
    if not issubclass(type(exception), OSError):
        return ""
    assert isinstance(exception, OSError)
    code = exception.errno
    if code not in _REFUSED or "sandbox" in str(exception.strerror):
        return ""
    if _locked is not None:
        return _words(exception, _locked)
    if code == errno.EPERM and exception.filename is None:
        return (
            "sandbox 'default' refuses signals to the host and system calls that no library needs "
            "(docs/sandbox.md); sandbox: 'none' allows what the user may"
        )
    return ""
