"""Integers that came from a JavaScript bigint."""

from __future__ import annotations


class BigInt(int):
    """An int that goes back to JavaScript as a bigint; any arithmetic gives a plain int."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        """Pickle as a plain int, which every process can read."""
        return int, (int(self),)
