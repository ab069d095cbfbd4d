"""Iteration from afar: results in several parts, and items in bunches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from time import monotonic
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


# A slow iterator's items go one by one, and large ones in small bunches: who waits for the first
# must not wait for all.
_SECONDS = 0.005
_BYTES = 2**20


def is_async(target: object, plain: str, asynchronous: str) -> bool:
    """Whether ``target`` has the asynchronous form of a protocol alone."""
    kind = type(target)
    return hasattr(kind, asynchronous) and not hasattr(kind, plain)


async def finish(
    awaitable: Awaitable[Any], convert: Callable[[Any], Any] = lambda value: value
) -> Any:
    """A coroutine of whatever can be awaited: it is run to its end before its value goes."""
    return convert(await awaitable)


# Iterators that were left with an exception waiting must not pile up.
_RAISED_LIMIT = 256


class Taker:
    """Takes items in bunches. What an iterator raises behind some items waits for the next turn."""

    def __init__(self) -> None:
        self._raised: dict[int, tuple[object, BaseException]] = {}

    def __call__(self, target: Any, _name: Any, args: Any, _kwargs: dict[str, Any]) -> Any:
        """Take at most ``args[0]`` items; ``args[1]`` is sent first, where it is there."""
        if is_async(target, "__next__", "__anext__"):
            return self._take_async(target, args)
        known = self._raised.pop(id(target), None)
        if known is not None and known[0] is target:
            raise known[1]
        count = args[0]
        items: list[Any] = []
        try:
            if len(args) > 1:
                items.append(target.send(args[1]))
            end = monotonic() + _SECONDS
            size = 0
            while len(items) < count and size < _BYTES:
                item = next(target)
                items.append(item)
                if type(item) is bytes or type(item) is str:
                    size += len(item)
                if monotonic() > end:
                    break
        except StopIteration as stop:
            return Parts(items=Items(items), done=True, value=stop.value)
        except BaseException as error:
            if not items:
                raise
            self._keep(target, error)
        return Parts(items=Items(items), done=False, value=None)

    async def _take_async(self, target: Any, args: Any) -> Parts:
        """One item: the next may be a long time in coming, and this one is there."""
        try:
            taken = target.asend(args[1]) if len(args) > 1 else target.__anext__()
            return Parts(items=Items([await taken]), done=False, value=None)
        except StopAsyncIteration:
            return Parts(items=Items(), done=True, value=None)

    def _keep(self, target: object, error: BaseException) -> None:
        if len(self._raised) >= _RAISED_LIMIT:
            self._raised.clear()
        self._raised[id(target)] = (target, error)


class Waited:
    """The items of an asynchronous iterator, each waited for where it is asked for."""

    def __init__(self, source: Any, wait: Callable[[Awaitable[Any]], Any]) -> None:
        self._items = type(source).__aiter__(source)
        self._wait = wait

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return self._wait(type(self._items).__anext__(self._items))
        except StopAsyncIteration:
            raise StopIteration from None

    def send(self, value: Any) -> Any:
        """Send a value to an asynchronous generator."""
        try:
            return self._wait(self._items.asend(value))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """Close an asynchronous generator: its ``finally`` runs."""
        close = getattr(self._items, "aclose", None)
        if callable(close):
            self._wait(close())
