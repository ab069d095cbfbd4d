"""Batches on the threads of the crew (src-native/crew.cc): a lane for each thread."""

from __future__ import annotations

import json
import marshal
from collections.abc import Callable
from threading import RLock

from .dispatch import Dispatcher, describe_failure
from .objects import Handle, Objects
from .turns import Turns
from .wire import FLAT, TAGS

_FAILED = TAGS["failed"]
_MOST_HANDLES = 2**40


class Interrupted(KeyboardInterrupt):
    """Raised in a call that JavaScript wants to end."""


class SharedObjects(Objects):
    """Objects that several threads keep and release."""

    def __init__(self) -> None:
        super().__init__(1, _MOST_HANDLES)
        # What a release drops may run any code, also code that keeps an object.
        self._lock = RLock()

    def keep(self, value: object, session: str | None) -> Handle:
        """See Objects."""
        with self._lock:
            return super().keep(value, session)

    def release(self, number: int, drop: Callable[[object], object] | None = None) -> None:
        """See Objects; the object dies outside of the lock."""
        dropped: list[object] = []
        with self._lock:
            super().release(number, dropped.append)
        if drop is not None:
            for value in dropped:
                drop(value)


# By the JS thread that the objects belong to.
_homes: dict[int, SharedObjects] = {}


class Lane:
    """What one thread runs batches with."""

    def __init__(self, settings: str) -> None:
        self._helpers: dict[str, str] = json.loads(settings)["helpers"]
        self._turns = Turns(-1, 0)
        self._dispatchers: dict[int, Dispatcher] = {}

    def __call__(self, home: int, _number: int, body: bytes) -> bytes:
        """Run a batch of a JS thread; the values that go back."""
        steps, returns = marshal.loads(body)
        dispatcher = self._dispatchers.get(home)
        if dispatcher is None:
            dispatcher = self._dispatcher(home)
        try:
            values = dispatcher.run(steps, returns, None)
            return marshal.dumps(values, dispatcher.version)
        except Exception as error:  # noqa: BLE001 - goes to JavaScript
            failed = (..., _FAILED, describe_failure(error))
            return marshal.dumps([failed] * (len(returns) // 2), FLAT)

    def _dispatcher(self, home: int) -> Dispatcher:
        objects = _homes.setdefault(home, SharedObjects())
        made = Dispatcher(objects, self._helpers, self._turns)
        self._dispatchers[home] = made
        return made


def lane(settings: str) -> Lane:
    """Make what a thread that begins needs."""
    return Lane(settings)
