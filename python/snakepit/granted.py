"""Blocks of the host's memory that this worker was shown, and arrays over them.

A *grant* is one use of a block. It goes back to the host when no array here looks at it any more.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from bisect import bisect_right, insort
from collections import deque
from importlib import import_module
from typing import Any

from .own_errors import ConversionError

_FILE_DIGITS = 20
_READ_WRITE = 3
_SHARED = 1


def _system_map() -> Any:
    # Not Python's own mmap: that keeps a descriptor for each.
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = (
        *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int),
        *(ctypes.c_int, ctypes.c_int, ctypes.c_long),
    )
    library.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    return library


_system = _system_map()


class Mapping:
    """A file of the host's, mapped for as long as anything looks at it."""

    def __init__(self, file: int, size: int, descriptor: int) -> None:
        self.file = file
        self.size = size
        self.address = 0
        address = _system.mmap(None, size, _READ_WRITE, _SHARED, descriptor, 0)
        if address == ctypes.c_void_p(-1).value:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        self.address = address
        # What NumPy makes an array from.
        self.interface = {
            "shape": (size,),
            "typestr": "|u1",
            "data": (address, False),
            "version": 3,
        }

    def __del__(self) -> None:
        if self.address:
            _system.munmap(self.address, self.size)


class Grant:
    """What every array over one use of a block is based on."""

    __slots__ = ("__array_interface__", "_dropped", "_number", "mapping")

    def __init__(self, number: int, mapping: Mapping, dropped: deque[int]) -> None:
        self._number = number
        self._dropped = dropped
        self.mapping = mapping
        # The array keeps this object, which is its base.
        self.__array_interface__ = mapping.interface

    def __del__(self) -> None:
        # On any thread, in the middle of anything: the main thread tells the host.
        self._dropped.append(self._number)


class Granted:
    """All blocks of the host's, and those that the run was given."""

    def __init__(self, channel: socket.socket | None) -> None:
        self._channel = channel
        self._mappings: dict[int, Mapping] = {}
        # (address, file) of all mappings, in order.
        self._places: list[tuple[int, int]] = []
        self._grants: list[Grant] = []
        # Numbers of grants that nobody uses any more.
        self.dropped: deque[int] = deque()

    def begin(self, entries: list[list[int]]) -> None:
        """Take what a run was given: (grant, file), and its size where it is new."""
        for entry in entries:
            if len(entry) == 3:
                self._receive(entry[1], entry[2])
        dropped = self.dropped
        self._grants = [Grant(entry[0], self._mappings[entry[1]], dropped) for entry in entries]

    def end(self) -> None:
        """The run's steps are over: only the arrays that live on keep their grants."""
        self._grants = []

    def _receive(self, file: int, size: int) -> None:
        assert self._channel is not None
        try:
            text, descriptors, _, _ = socket.recv_fds(self._channel, _FILE_DIGITS, 1)
            if len(descriptors) != 1 or int(text) != file:
                message = "the host sent another file than it said"
                raise OSError(message)
            mapping = Mapping(file, size, descriptors[0])
            os.close(descriptors[0])
        except (OSError, ValueError) as error:
            # What comes next on the socket would be taken for another file.
            sys.stderr.write(f"snakepit worker: shared memory cannot be mapped: {error}\n")
            sys.stderr.flush()
            os._exit(70)
        self._mappings[file] = mapping
        insort(self._places, (mapping.address, file))

    def value(
        self,
        index: int,
        offset: int,
        dtype: str | None,
        shape: list[int],
        strides: list[int] | None,
    ) -> object:
        """An ndarray over a block; for bytes a memoryview."""
        grant = self._grants[index]
        try:
            numpy: Any = sys.modules.get("numpy") or import_module("numpy")
        except ImportError:
            return _plain_view(grant, offset, dtype, shape)
        whole = numpy.asarray(grant)
        if dtype is None:
            return memoryview(whole[offset : offset + shape[0]])
        if dtype == "bfloat16":
            dtype = "uint16"  # NumPy has none
        return numpy.ndarray(shape, dtype, whole, offset, strides)

    def find(self, low: int, high: int) -> Mapping | None:
        """The block that these addresses lie in."""
        at = bisect_right(self._places, (low, sys.maxsize)) - 1
        if at < 0:
            return None
        mapping = self._mappings[self._places[at][1]]
        return mapping if high <= mapping.address + mapping.size else None

    def forget(self, files: list[int]) -> None:
        """The host let go of them."""
        for file in files:
            mapping = self._mappings.pop(file, None)
            if mapping is not None:
                self._places.remove((mapping.address, file))


def _plain_view(grant: Grant, offset: int, dtype: str | None, shape: list[int]) -> object:
    """Bytes as a memoryview, where NumPy cannot be imported."""
    if dtype is not None:
        why = f"an array of {dtype} in shared memory needs NumPy, which this Python cannot import"
        raise ConversionError(why)
    kind: Any = type("Bytes", (ctypes.c_ubyte * shape[0],), {"grant": grant})
    return memoryview(kind.from_address(grant.mapping.address + offset)).cast("B")
