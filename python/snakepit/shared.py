"""Memory that the host and this worker both see: arrays cross with no copy, whatever their size.

One block of memory is one file without a name. The host shows us blocks of its own (a *grant* each
time, see granted.py), and we show it ours, where NumPy's large results are born (a *lease* each
time, which it gives back; see own_memory.py). Descriptors go over a socket, each with its file's
number, once; the numbers alone are in the messages.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

from .granted import Granted
from .own_errors import CopyRequiredError, TooLargeError
from .own_memory import OwnMemory

_HOST, _WORKER = 0, 1
# Where blocks of our own begin (src-native/arena.h); less is copied into the message.
_LEAST = 64 * 1024


class Shared:
    """Both directions."""

    def __init__(self, descriptor: int = -1, library: Any = None) -> None:
        self._channel = socket.socket(fileno=descriptor) if descriptor >= 0 else None
        self.granted = Granted(self._channel)
        self.own = OwnMemory(library if descriptor >= 0 else None)
        # Addresses of blocks that the host uses.
        self._leases: dict[int, int] = {}
        self._last_lease = 0
        # What a reply names stays until it was written.
        self._named: list[object] = []
        # Bytes of the largest buffer that the host can have.
        self.limit = sys.maxsize
        # Whether this run may copy.
        self.forbid = False

    def show(self, array: Any, name: str, *, gaps: bool) -> tuple[object, ...] | None:
        """What stands for an array that the host will see in place, or in one copy.

        None: it is small, or there is no such memory, and it goes in a message. ``gaps``: strides
        other than C order may stay.
        """
        reason = _reason(array, gaps=gaps)
        place = None if reason else self._place(array)
        small = array.nbytes < _LEAST
        if place is None and self.forbid and array.size > 0:
            raise CopyRequiredError(reason or ("inline" if small else "foreign"))
        copied = 0
        if place is None:
            if small or not self.own.is_there:
                return None
            array = sys.modules["numpy"].array(array, order="C", copy=True)
            copied = array.nbytes
            place = self._place(array)
            if place is None:
                return None
        self._named.append(array)
        owner, file, lease, base = place
        item = array.itemsize
        strides = [step // item for step in array.strides]
        return (
            name,
            list(array.shape),
            strides,
            _address(array) - base,
            owner,
            file,
            lease,
            copied,
        )

    def _place(self, array: Any) -> tuple[int, int, int, int] | None:
        """Whose file its memory is, its number, a lease, and the address of the first byte."""
        low, high = _extent(array)
        if low == high:
            return None
        mapping = self.granted.find(low, high)
        if mapping is not None:
            return _HOST, mapping.file, 0, mapping.address
        block = self.own.show(low, high)
        if block is None:
            return None
        if block.bytes > self.limit:
            self.own.release(block.data)
            message = (
                f"the result has {block.bytes} bytes, and the largest buffer of this Node has "
                f"{self.limit}. Take it in parts, or leave it here, as an object"
            )
            raise TooLargeError(message)
        self._last_lease += 1
        self._leases[self._last_lease] = block.data
        if block.first:
            assert self._channel is not None
            socket.send_fds(self._channel, [str(block.file).encode()], [block.fd])
        return _WORKER, block.file, self._last_lease, block.data

    def hear(self, leases: list[int], files: list[int]) -> None:
        """The host gives leases back, and files of its own are gone."""
        for lease in leases:
            address = self._leases.pop(lease, None)
            if address is not None:
                self.own.release(address)
        self.granted.forget(files)

    def replied(self) -> None:
        """The reply was written: what it names is the host's to hold."""
        self._named = []

    def take_news(self) -> tuple[list[int], list[int]] | None:
        """Grants that nobody uses any more, and files of ours that are gone."""
        dropped = self.granted.dropped
        closed = self.own.take_closed()
        if not dropped and not closed:
            return None
        return [dropped.popleft() for _ in range(len(dropped))], closed


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _reason(array: Any, *, gaps: bool) -> str:
    """Why only a copy of it can cross; empty: nothing in the array itself."""
    flags = array.flags
    if not flags.writeable:
        return "read-only"
    item = array.itemsize
    if _address(array) % item or any(step % item for step in array.strides):
        return "strides"
    return "" if gaps or flags.c_contiguous else "strides"


def _extent(array: Any) -> tuple[int, int]:
    """Addresses of the lowest byte, and one past the highest."""
    low = high = _address(array)
    if array.size == 0:
        return low, low
    for length, step in zip(array.shape, array.strides, strict=True):
        if step < 0:
            low += step * (length - 1)
        else:
            high += step * (length - 1)
    return low, high + array.itemsize
