"""Iteration from afar: results in several parts, and items in bunches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Parts(dict[str, Any]):
    """A result made of several, which are converted one by one as any result is."""


class Items(list[Any]):
    """Results in a list, each converted as any result is."""


def step(run: Callable[[], Any]) -> Parts:
    """Take one item, as JavaScript's iterators give theirs."""
    try:
        return Parts(done=False, value=run())
    except StopIteration as stop:
        return Parts(done=True, value=stop.value)


# Iterators that were left with an exception waiting must not pile up.
_RAISED_LIMIT = 256


class Taker:
    """Takes items in bunches. What an iterator raises behind some items waits for the next turn."""

    def __init__(self) -> None:
        self._raised: dict[int, tuple[object, BaseException]] = {}

    def __call__(self, target: Any, _name: Any, args: Any, _kwargs: dict[str, Any]) -> Parts:
        """Take at most ``args[0]`` items; ``args[1]`` is sent first, where it is there."""
        known = self._raised.pop(id(target), None)
        if known is not None and known[0] is target:
            raise known[1]
        count = args[0]
        items: list[Any] = []
        try:
            if len(args) > 1:
                items.append(target.send(args[1]))
            while len(items) < count:
                items.append(next(target))
        except StopIteration as stop:
            return Parts(items=Items(items), done=True, value=stop.value)
        except BaseException as error:
            if not items:
                raise
            if len(self._raised) >= _RAISED_LIMIT:
                self._raised.clear()
            self._raised[id(target)] = (target, error)
        return Parts(items=Items(items), done=False, value=None)
