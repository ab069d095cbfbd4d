"""The words of the wire, and frames on two descriptors. The twin of src/wire/message.ts.

A frame is a little-endian u32 length (of what follows), a u8 kind and a body. Bodies are marshal's
format: it is C, it is in every interpreter, and it keeps lone surrogates, NaN and -0. Only what
the host may send is ever unmarshalled; the host reads replies with a reader of its own.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterator
from struct import Struct
from typing import Any

PROTOCOL = 1
MAX_FRAME = 64 * 2**20
# From here on bytes travel beside the messages.
PARCEL_BYTES = 256 * 1024

TO_WORKER = {
    "hello": 1,
    "run": 2,
    "release": 3,
    "credit": 4,
    "close": 5,
    "shutdown": 6,
    "shared": 7,
}
TO_HOST = {
    "hello": 65,
    "ready": 66,
    "result": 67,
    "error": 68,
    "item": 69,
    "end": 70,
    "output": 71,
    "log": 72,
    "shared": 73,
}
OPERATIONS = {
    "import": 0,
    "function": 1,
    "construct": 2,
    "method": 3,
    "call": 4,
    "get_attr": 5,
    "set_attr": 6,
    "del_attr": 7,
    "has_attr": 8,
    "get_item": 9,
    "set_item": 10,
    "del_item": 11,
    "index": 12,
    "helper": 13,
    "block": 14,
    "exec": 15,
    "iter": 16,
    "next": 17,
    "send": 18,
    "throw": 19,
    "close": 20,
    "stream": 21,
    "enter": 22,
    "exit": 23,
    "describe": 24,
    "isinstance": 25,
    "is": 26,
    "equal": 27,
    "bool": 28,
    "len": 29,
    "contains": 30,
    "callable": 31,
    "text": 32,
    "names": 33,
    "to_js": 34,
    "to_date": 35,
    "view": 36,
    "value": 37,
    "release": 38,
    "take": 39,
    "again": 40,
}
WANTED = {"value": 0, "ref": 1, "auto": 2}
TAGS = {
    "bigint": 0,
    "handle": 1,
    "step": 2,
    "buffer": 3,
    "date": 4,
    "array": 5,
    "parcel": 6,
    "map": 7,
    "set": 8,
    "undefined": 9,
    "tensor": 10,
    "module": 11,
    "failed": 12,
    "given": 13,
    "thrown": 14,
    "taken": 15,
    "shared": 16,
}

# What a worker's marshal must make of this, or its format is not the one that the host reads.
PROBE: list[Any] = [
    None,
    True,
    False,
    7,
    -(2**40),
    0.5,
    b"\x00\xff",
    "a\xe9\ud800",
    (..., 1),
    {"k": [set()]},
]

# Without refs: a reply holds no container twice, except in plain data, which says version 4.
FLAT = 2
SHARING = 4

_CHUNK = 65536
_LENGTH = Struct("<I")
_HEADER = Struct("<IB")


class FrameError(Exception):
    """The host broke the protocol: there is nothing to answer."""


def _fill(fd: int, frame: bytearray, have: int) -> bool:
    """Read the rest of ``frame``, whose first ``have`` bytes are there; False at the end."""
    view = memoryview(frame)
    while have < len(frame):
        count = os.readv(fd, [view[have:]])
        if count == 0:
            return False
        have += count
    return True


class Frames:
    """Kind and body of each frame until the end of the file."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.limit = MAX_FRAME

    def __iter__(self) -> Iterator[tuple[int, bytes | memoryview]]:
        """One generator for all: it holds what was read ahead."""
        fd = self._fd
        data = b""
        at = 0
        while True:
            have = len(data) - at
            if have >= 4:
                (length,) = _LENGTH.unpack_from(data, at)
                if not 1 <= length <= self.limit:
                    message = f"a frame of {length} bytes, where 1 to {self.limit} are allowed"
                    raise FrameError(message)
                end = at + 4 + length
                if end <= len(data):
                    yield data[at + 4], data[at + 5 : end]
                    at = end
                    continue
                if length > _CHUNK:
                    large = bytearray(4 + length)
                    large[:have] = data[at:]
                    data, at = b"", 0
                    if not _fill(fd, large, have):
                        return
                    yield large[4], memoryview(large)[5:]
                    continue
            chunk = os.read(fd, _CHUNK)
            if not chunk:
                return
            data = data[at:] + chunk if have else chunk
            at = 0


def write(fd: int, kind: int, body: bytes, before: bytes = b"") -> None:
    """One frame, and frames before it, waiting as long as the host is slow."""
    frame = before + _HEADER.pack(len(body) + 1, kind) + body
    count = os.write(fd, frame)
    if count < len(frame):
        rest = memoryview(frame)[count:]
        while rest:
            rest = rest[os.write(fd, rest) :]


def frame(kind: str, fields: tuple[Any, ...]) -> bytes:
    """A message made of plain fields."""
    body = marshal.dumps(fields, FLAT)
    return _HEADER.pack(len(body) + 1, TO_HOST[kind]) + body


def send(fd: int, kind: str, fields: tuple[Any, ...]) -> None:
    """A message made of plain fields."""
    write(fd, TO_HOST[kind], marshal.dumps(fields, FLAT))
