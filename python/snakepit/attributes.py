"""Dotted names: `linalg.inv` of numpy."""

from __future__ import annotations

from typing import Any


def follow(target: Any, path: str) -> Any:
    """Read a dotted attribute."""
    if "." not in path:
        return getattr(target, path)
    for name in path.split("."):
        target = getattr(target, name)
    return target


def owner(target: Any, path: str) -> tuple[Any, str]:
    """Read all of a dotted name but its last part."""
    before, _, name = path.rpartition(".")
    return (follow(target, before) if before else target), name
