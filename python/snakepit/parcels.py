"""Data that is too large for a message: laid down in files without a name, and read from there.

Both files are only read and written, never mapped, so that neither side can hurt the other by
cutting them. The host's file is for all workers; ours is for our results, and begins anew with each
run: by then the host has read what the run before laid down.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from typing import Any

from .own_errors import TooLargeError
from .wire import PARCEL_BYTES, TAGS

_PARCEL = TAGS["parcel"]
# One read or write of Linux takes 2 GiB at most.
_PIECE = 2**30
_WARM_BYTES = 64 * 2**20
_PAGE = 4096
# Memory that so many runs did not need goes back; new pages cost ten times what used ones do.
_RUNS = 64


class Parcels:
    """Both files; negative descriptors stand for none."""

    def __init__(self, inbox: int, outbox: int) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._top = 0
        self._file_bytes = 0
        self._peak = 0
        self._runs = 0
        # Where the parcels of the run are.
        self.places: list[int] = []
        self.limit = sys.maxsize

    def begin(self) -> None:
        """Forget what the run before laid down; large memory that nothing needs goes back."""
        if self._file_bytes > _WARM_BYTES:
            self._peak = max(self._peak, self._top)
            self._runs += 1
            if self._runs >= _RUNS:
                self._trim()
        self._top = 0

    def _trim(self) -> None:
        if self._peak < self._file_bytes:
            self._file_bytes = max(self._peak, _WARM_BYTES)
            # A sandbox that is locked refuses to cut what the host has too, and then it stays.
            with contextlib.suppress(PermissionError):
                os.ftruncate(self._outbox, self._file_bytes)
        self._peak = self._runs = 0

    def read(self, index: int, size: int) -> memoryview:
        """Memory of our own with the bytes of a parcel."""
        view = _memory(size)
        place = self.places[index]
        at = 0
        while at < size:
            count = os.preadv(self._inbox, [view[at : at + _PIECE]], place + at)
            if count == 0:
                message = "the host laid down less than it said"
                raise EOFError(message)
            at += count
        return view

    def put(self, data: Any) -> Any:
        """Lay down bytes; give what stands for them, or the bytes where they are few."""
        view = memoryview(data)
        size = view.nbytes
        if size < PARCEL_BYTES or self._outbox < 0:
            return data
        if size > self.limit:
            message = (
                f"the result has {size} bytes, and the largest buffer of this Node has "
                f"{self.limit}. Take it in parts, or leave it here, as an object"
            )
            raise TooLargeError(message)
        place = self._top
        view = view.cast("B")
        at = 0
        while at < size:
            at += os.pwrite(self._outbox, view[at : at + _PIECE], place + at)
        self._top = place + -(-size // _PAGE) * _PAGE
        self._file_bytes = max(self._file_bytes, place + size)
        return (..., _PARCEL, place, size)


def _memory(size: int) -> memoryview:
    """Writable bytes, not zeroed where NumPy is there."""
    try:
        numpy: Any = import_module("numpy")
    except ImportError:
        return memoryview(bytearray(size))
    return memoryview(numpy.empty(size, numpy.uint8))
