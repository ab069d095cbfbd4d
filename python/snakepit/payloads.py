"""What a payload's call type does in this process, where no builtin function does it."""

from __future__ import annotations

from typing import Any

from . import slices
from .inspect import summary
from .traits import ARRAY_LIKE, flags_of


def _key(target: object, keys: tuple[Any, ...]) -> Any:
    """Several keys are a tuple; a text is slice grammar on array-like objects only."""
    if flags_of(target)[0] & ARRAY_LIKE:
        return slices.key(list(keys))
    return keys[0] if len(keys) == 1 else keys


def get_item(target: Any, *keys: Any) -> Any:
    """``target[keys]``."""
    return target[_key(target, keys)]


def set_item(target: Any, *keys_and_value: Any) -> None:
    """``target[keys] = value``, which stands last."""
    *keys, value = keys_and_value
    target[_key(target, tuple(keys))] = value


def del_item(target: Any, *keys: Any) -> None:
    """``del target[keys]``."""
    del target[_key(target, keys)]


def enter(manager: Any) -> Any:
    """Enter a context manager; looked up on the type, as the with statement does."""
    return type(manager).__enter__(manager)


def leave(manager: Any, error: BaseException | None = None) -> bool:
    """Leave a context manager; true if it suppresses ``error``."""
    if error is None:
        return bool(type(manager).__exit__(manager, None, None, None))
    return bool(type(manager).__exit__(manager, type(error), error, error.__traceback__))


def describe(target: object) -> dict[str, object]:
    """Type, capabilities (as bits), one line for people and the documentation of an object."""
    flags, name, _ = flags_of(target)
    doc: object = getattr(target, "__doc__", None)
    text = summary(target)
    return {"type": name, "flags": flags, "text": text, "doc": doc if type(doc) is str else None}
