"""The objects of the async face: kept and released by several threads."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from .objects import Handle, Objects

_MOST_HANDLES = 2**40


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
