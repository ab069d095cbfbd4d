"""Inline Python: a text and the names that are bound in it, as a function.

Runs in-process and in workers: it knows texts, names and places, and nothing of who calls.
"""

from __future__ import annotations

from functools import lru_cache
from types import FunctionType

from .places import Place, site_of
from .source import Source


def block(
    source: str,
    names: list[str],
    place: list[str | int] | None = None,
    *,
    waits: bool = False,
) -> FunctionType:
    """The function of a piece of inline Python, with one parameter for each of ``names``.

    ``place`` is the file, the line and the column (as an editor counts) where the text begins.
    Where the text is no Python, the function raises the SyntaxError. With ``waits`` it may await;
    then it gives a coroutine.
    """
    site = None if place is None else site_of(place)
    return Source(source, names, Place(source, site)).function(waits=waits)


@lru_cache(maxsize=256)
def _cached(
    source: str, names: tuple[str, ...], place: tuple[str | int, ...], waits: bool
) -> FunctionType:
    return block(source, list(names), list(place) or None, waits=waits)


def cached(
    source: str, names: list[str], place: list[str | int] | None = None, *, waits: bool = False
) -> FunctionType:
    """``block`` of a text that comes again and again, compiled once while it is in use."""
    return _cached(source, tuple(names), tuple(place or ()), waits)
