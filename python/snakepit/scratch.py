"""Folders that workers may write in: one each, gone with its worker, whatever that dies of.

The template makes them, and removes them. All of one template are in one folder, on which it holds
a lock (flock): one that nobody holds belongs to a template that was killed, and the next removes
it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# It gets this name when it is locked already …
_LOCKED = "snakepit-scratch-"
# … and one of a worker without a template (src/pool/spawn-launcher.ts) before: seconds until
# somebody else may look.
_LOCKED_LATER = "snakepit-worker-"
_YOUNG = 60.0

# What libraries keep for the next time, and where they look for their user's own files.
_VARIABLES = {
    "HOME": "",
    "TMPDIR": "",
    "TMP": "",
    "TEMP": "",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_RUNTIME_DIR": "",
    "MPLCONFIGDIR": ".matplotlib",
    "NUMBA_CACHE_DIR": ".numba",
    "JOBLIB_TEMP_FOLDER": "",
    "CUDA_CACHE_PATH": ".cuda",
    "TORCHINDUCTOR_CACHE_DIR": ".inductor",
    "TRITON_CACHE_DIR": ".triton",
}


class Folders:
    """Of the workers of one template. ``fork`` makes a child, as os.fork does."""

    def __init__(self, fork: Callable[[], int]) -> None:
        self._fork = fork
        self._root = _make()
        self._folders: dict[int, str] = {}
        # Children that remove folders.
        self._removers: set[int] = set()

    def make(self, name: str) -> str:
        """Make one for a worker that is about to begin."""
        folder = os.path.join(self._root, name)
        os.mkdir(folder, 0o700)
        return folder

    def give(self, pid: int, folder: str) -> None:
        """Say whose it is."""
        self._folders[pid] = folder

    def is_removing(self, pid: int) -> bool:
        """Whether this child of ours only cleans up."""
        return pid in self._removers

    def ended(self, pid: int) -> None:
        """Remove what a process leaves: in a child, since who waits for a worker waits for us."""
        self._removers.discard(pid)
        folder = self._folders.pop(pid, None)
        if folder is None:
            return
        try:
            os.rmdir(folder)
        except OSError:
            self._removers.add(self._remove(folder))

    def _remove(self, folder: str) -> int:
        pid = self._fork()
        if pid == 0:
            try:
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os._exit(0)
        return pid

    def close(self) -> None:
        """Remove all of them: nobody is left."""
        shutil.rmtree(self._root, ignore_errors=True)


def hold(folder: str) -> int:
    """Say that this folder is in use as long as the descriptor, or a copy of it, is open."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _make() -> str:
    """Make a folder for workers' folders, and remove those whose owners were killed."""
    parent = tempfile.gettempdir()
    _sweep(parent)
    folder = tempfile.mkdtemp(prefix="snakepit-")
    hold(folder)
    named = os.path.join(parent, _LOCKED + os.path.basename(folder))
    os.rename(folder, named)
    return named


def _sweep(parent: str) -> None:
    for name in os.listdir(parent):
        if name.startswith((_LOCKED, _LOCKED_LATER)):
            with contextlib.suppress(OSError):
                _remove_if_left(parent, name)


def _remove_if_left(parent: str, name: str) -> None:
    folder = os.path.join(parent, name)
    found = os.lstat(folder)
    if found.st_uid != os.geteuid():
        return
    if name.startswith(_LOCKED_LATER) and time.time() - found.st_mtime < _YOUNG:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def enter(folder: str, kept: list[str]) -> None:
    """Make this process keep its files there; variables that the pool's options set are kept."""
    for name, place in _VARIABLES.items():
        if name not in kept:
            os.environ[name] = os.path.join(folder, place) if place else folder
    # It may have looked already.
    tempfile.tempdir = None
