"""Promises of JavaScript's that coroutines on other threads await.

The JS thread never waits for Python's lock to say that one is settled: it writes a number into a
pipe, which a thread here reads.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from contextlib import suppress
from functools import partial
from struct import Struct
from threading import Lock, Thread
from typing import Any, Protocol

from .lanes import CREW

# As many as fit into a read.
_TICKET = Struct("=d")
_READ_BYTES = 512 * _TICKET.size


class Promise(Protocol):
    """Native code's, on another thread than its own."""

    def __await__(self) -> Generator[Any, None, object]:
        """Its value, where it is settled."""

    def __notify__(self, descriptor: int, ticket: float, /) -> None:
        """Write the ticket into the pipe once it is settled."""


class Waiting:
    """Futures of asyncio's, by the ticket that a promise was given."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._futures: dict[float, asyncio.Future[None]] = {}
        self._last = 0.0
        self._pipe = -1

    def expect(self, future: asyncio.Future[None]) -> tuple[int, float]:
        """Return the pipe and the ticket that end the wait."""
        with self._lock:
            if self._pipe < 0:
                read, self._pipe = os.pipe()
                # JavaScript tries again later where it is full.
                os.set_blocking(self._pipe, False)
                listen = partial(self._listen, read)
                if CREW.spawn is None:
                    Thread(target=listen, name="snakepit-promises", daemon=True).start()
                else:
                    CREW.spawn(listen)
            self._last += 1
            self._futures[self._last] = future
            return self._pipe, self._last

    def _listen(self, pipe: int) -> None:
        while True:
            for (ticket,) in _TICKET.iter_unpack(os.read(pipe, _READ_BYTES)):
                future = self._futures.pop(ticket)
                # Its loop may be closed, and then nobody waits.
                with suppress(RuntimeError):
                    future.get_loop().call_soon_threadsafe(_wake, future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


_waiting = Waiting()


def wait(promise: Promise) -> Generator[Any, None, object]:
    """Await a pending promise in a coroutine on another thread than JavaScript's."""
    future = asyncio.get_running_loop().create_future()
    promise.__notify__(*_waiting.expect(future))
    yield from future
    return (yield from promise.__await__())
