"""Python's operators that answer a question, for JavaScript, which has none of them."""

from __future__ import annotations

from collections.abc import Container


def same(a: object, b: object) -> bool:
    """``a is b``."""
    return a is b


def equal(a: object, b: object) -> bool:
    """``bool(a == b)``: where that has no single answer, as for arrays, it is an error."""
    return bool(a == b)


def contains(container: Container[object], value: object) -> bool:
    """``value in container``."""
    return value in container
