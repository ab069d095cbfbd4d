"""What JavaScript's objects in Python need of Python's own protocols."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Generator, Iterator, Sequence
from typing import Protocol

from .codecs import exported


class AsyncSource(Protocol):
    """An async iterator of JavaScript's."""

    def next(self) -> Awaitable[dict[str, object]]:
        """Its next step: ``done`` and ``value``."""


def signature(parameters: list[str]) -> inspect.Signature:
    """The signature of a function with parameters like ``a``, ``b=`` and ``*rest``."""
    return inspect.Signature(
        [
            inspect.Parameter(
                spelt.strip("*="),
                inspect.Parameter.VAR_POSITIONAL
                if spelt.startswith("*")
                else inspect.Parameter.POSITIONAL_ONLY,
                default=... if spelt.endswith("=") else inspect.Parameter.empty,
            )
            for spelt in parameters
        ]
    )


def exception(name: str, args: list[object]) -> BaseException | None:
    """Make an exception of a class that is loaded; None where that cannot be."""
    kind = exported(name)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        return None
    try:
        return kind(*args)
    except Exception:  # noqa: BLE001 - a class that takes other arguments
        return None


def throw(exception: BaseException) -> None:
    """Raise what is thrown into a generator of JavaScript's, so that it crosses as an error."""
    raise exception


def items(sequence: Sequence[object], key: slice) -> list[object]:
    """``sequence[key]`` of what has items by number only."""
    return [sequence[i] for i in range(*key.indices(len(sequence)))]


def answer(value: object) -> Generator[None, None, object]:
    """The iterator of an awaitable that has its value already."""
    nothing: Iterator[None] = iter(())
    yield from nothing
    return value


async def advance(source: AsyncSource) -> object:
    """One step of an async iterator."""
    step = await source.next()
    if step.get("done"):
        raise StopAsyncIteration
    return step.get("value")
