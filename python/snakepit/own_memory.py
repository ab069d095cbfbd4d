"""NumPy's large results in memory that the host can see: the addon's arena, in a worker.

The addon is loaded by ctypes, without the Node that it was made for: see
src-native/worker_memory.h.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib import import_module
from typing import Any

# NumPy's table of C functions: a pointer to the capsule of its default allocator.
_DEFAULT_HANDLER = 306
_FEATURE_VERSION = 211
_FEATURE_1_22 = 0x0F
_CLOSED_AT_ONCE = 64


class Block(ctypes.Structure):
    """``SnakepitBlock`` of src-native/worker_memory.h."""

    _fields_ = (
        ("file", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("data", ctypes.c_uint64),
        ("fd", ctypes.c_int32),
        ("first", ctypes.c_int32),
    )


class OwnMemory:
    """Blocks of this worker's. Not there at all where the addon cannot be loaded."""

    def __init__(self, library: Any) -> None:
        # ``Any``: its functions are known at run time only.
        self._library = library
        self._tried = library is None
        self.is_there = False
        self._has_shown = False
        # Bytes that the worker may have; 0: as many as it likes.
        self.limit = 0

    def install(self) -> None:
        """Have NumPy allocate from it, as soon as there is a NumPy."""
        if self._tried or "numpy" not in sys.modules:
            return
        self._tried = True
        try:
            self.is_there = self._install()
        except (ImportError, AttributeError, ValueError):
            self.is_there = False

    def _install(self) -> bool:
        try:
            module: Any = import_module("numpy._core._multiarray_umath")
        except ImportError:
            module = import_module("numpy.core._multiarray_umath")
        library = self._library
        library.snakepit_memory_start.restype = ctypes.c_void_p
        library.snakepit_memory_start.argtypes = (ctypes.c_void_p, ctypes.c_uint64)
        library.snakepit_memory_show.argtypes = (
            *(ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p),
        )
        library.snakepit_memory_release.argtypes = (ctypes.c_void_p,)
        library.snakepit_memory_release.restype = None
        # Prototypes of our own: those of ctypes.pythonapi belong to everybody.
        api = ctypes.pythonapi
        pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
            ("PyCapsule_GetPointer", api)
        )
        replace = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_void_p)(
            ("PyCapsule_SetPointer", api)
        )
        table = ctypes.cast(pointer(module._ARRAY_API, None), ctypes.POINTER(ctypes.c_void_p))
        version = ctypes.CFUNCTYPE(ctypes.c_uint)(table[_FEATURE_VERSION] or 0)
        if version() < _FEATURE_1_22:
            return False
        default = ctypes.cast(table[_DEFAULT_HANDLER], ctypes.POINTER(ctypes.py_object))[0]
        ours = library.snakepit_memory_start(pointer(default, b"mem_handler"), self.limit)
        if not ours:
            return False
        # The default one, not that of this context: threads that exist already follow too.
        replace(default, ours)
        return True

    def show(self, low: int, high: int) -> Block | None:
        """Hold the block that these addresses lie in, for the host; None: they are not ours."""
        block = Block()
        if not self.is_there:
            return None
        if not self._library.snakepit_memory_show(low, high - low, ctypes.byref(block)):
            return None
        self._has_shown = True
        return block

    def release(self, address: int) -> None:
        """The host let go of a block, by the address of its first byte."""
        self._library.snakepit_memory_release(address)

    def take_closed(self) -> list[int]:
        """Files that were shown and are gone, since the last time."""
        closed: list[int] = []
        if not self._has_shown:
            return closed
        numbers = (ctypes.c_uint64 * _CLOSED_AT_ONCE)()
        while True:
            count = self._library.snakepit_memory_closed(numbers, _CLOSED_AT_ONCE)
            closed += numbers[:count]
            if count < _CLOSED_AT_ONCE:
                return closed


def load(addon: str) -> Any:
    """The addon; None where Python cannot load it (a sanitiser's build)."""
    try:
        # Lazily: what it wants of Node is not here, and is never called.
        library = ctypes.CDLL(addon, mode=os.RTLD_LAZY)
    except OSError:
        return None
    return library if hasattr(library, "snakepit_memory_start") else None
