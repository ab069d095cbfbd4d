"""Iterators whose items are sent as far as the host has room for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .dispatch import Dispatcher, describe_failure
from .wire import TAGS, WANTED

if TYPE_CHECKING:
    from .turns import Turns

_AUTO = WANTED["auto"]

Send = Callable[..., None]


class Streams:
    """The open ones, by number."""

    def __init__(self, dispatcher: Dispatcher, turns: Turns, send: Send) -> None:
        self._dispatcher = dispatcher
        self._turns = turns
        self._send = send
        self._open: dict[int, Iterator[Any]] = {}
        self._next = 1
        dispatcher.open_stream = self.open

    def open(self, target: Any) -> int:
        """Return the number of a stream over ``target``."""
        number = self._next
        self._next += 1
        self._open[number] = iter(target)
        return number

    def give(self, number: int, stream: int, count: int) -> None:
        """Send as many items as the host has room for."""
        for _ in range(count):
            if stream not in self._open:
                return  # it ended while the credit was on its way
            self._during(number, self._item, stream)

    def close(self, number: int, stream: int) -> None:
        """Close the generator; the host hears when its ``finally`` has run."""
        if stream in self._open:
            self._during(number, self._finish, stream)

    def _during(self, number: int, work: Callable[[int], None], stream: int) -> None:
        """Run users' code of a stream as a run is run: known to the host, and interruptible."""
        turns = self._turns
        try:
            try:
                turns.begin(number)
                work(stream)
            finally:
                turns.running = 0
        except StopIteration as stop:
            self._end(stream, stop.value, None)
        except BaseException as error:  # noqa: BLE001 - goes to the host
            self._end(stream, None, describe_failure(error))
        turns.end()

    def _item(self, stream: int) -> None:
        item = next(self._open[stream])
        value = self._converted(item)
        self._turns.running = 0
        self._send("item", stream, value)

    def _converted(self, item: object) -> object:
        dispatcher = self._dispatcher
        # Items go on their way while the next run may begin, and what lies beside them begin anew.
        put, dispatcher.put = dispatcher.put, None
        try:
            return dispatcher.convert(item, _AUTO)
        except Exception as error:  # noqa: BLE001 - goes to the host
            return (..., TAGS["failed"], describe_failure(error))
        finally:
            dispatcher.put = put

    def _finish(self, stream: int) -> None:
        close = getattr(self._open[stream], "close", None)
        if callable(close):
            close()
        raise StopIteration

    def _end(self, stream: int, value: object, failed: object) -> None:
        del self._open[stream]
        self._send("end", stream, self._converted(value), failed)
