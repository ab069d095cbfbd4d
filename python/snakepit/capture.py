"""What a call prints, for whoever asked for it. Python's own streams only: not those of C code."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STDOUT = 1
STDERR = 2

Sink = Callable[[int, str], None]


class _Stream(io.TextIOBase):
    def __init__(self, stream: int, sink: Sink) -> None:
        super().__init__()
        self._stream = stream
        self._sink = sink

    def writable(self) -> bool:
        """A text stream of Python asks this first."""
        return True

    def write(self, text: str) -> int:
        """Send ``text`` on at once."""
        if text:
            self._sink(self._stream, str(text))
        return len(text)


@contextmanager
def captured(sink: Sink) -> Iterator[None]:
    """Give everything printed inside to ``sink``."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(STDOUT, sink), _Stream(STDERR, sink)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
