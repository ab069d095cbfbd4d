"""Slice grammar: ``x.$at('1:3, ::2, ..., None')`` on array-like objects."""

from __future__ import annotations

import re
from types import EllipsisType

Part = slice | int | None | EllipsisType

_NUMBER = r"\s*[+-]?\d*\s*"
_SLICE = re.compile(rf"{_NUMBER}:{_NUMBER}(?::{_NUMBER})?")
_INTEGER = re.compile(r"\s*[+-]?\d+\s*")


def _bound(text: str) -> int | None:
    text = text.strip()
    return int(text) if text else None


def _part(text: str) -> Part:
    text = text.strip()
    if text == "...":
        return ...
    if text in {"None", "newaxis"}:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _SLICE.fullmatch(text):
        return slice(*(_bound(bound) for bound in text.split(":")))
    raise ValueError(text)


def _parse(text: str) -> object:
    """What a text means; the text itself where it is no slice: a field's name, say."""
    try:
        parts = [_part(part) for part in text.split(",")]
    except ValueError:
        return text
    return parts[0] if len(parts) == 1 else tuple(parts)


def key(keys: list[object]) -> object:
    """The item key that several keys mean together."""
    if len(keys) == 1:
        return _parse(keys[0]) if isinstance(keys[0], str) else keys[0]
    parts: list[object] = []
    for one in keys:
        parsed = _parse(one) if isinstance(one, str) else one
        # A text with commas stands for several keys; a tuple that was passed is one.
        parts.extend(parsed if isinstance(one, str) and isinstance(parsed, tuple) else (parsed,))
    return tuple(parts)
