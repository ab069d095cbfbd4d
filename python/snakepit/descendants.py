"""The processes below this one: found, and ended."""

from __future__ import annotations

import contextlib
import os
import signal


def kill(pid: int) -> None:
    """End one process, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_group(pid: int) -> None:
    """End the group that a worker leads; it leads one from its first moment on."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def session(pid: int) -> int:
    """Give the session of a process; 0 if it is gone."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def children() -> list[int]:
    """List our children: workers, and what they left to us when they died."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []
