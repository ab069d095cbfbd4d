"""Python classes whose methods are JavaScript functions: ``py.class``."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def _method(name: str, owner: str, function: Function) -> Function:
    """A function of Python's, so that it is bound to its object as any method is."""

    def method(self: object, /, *args: object, **kwargs: object) -> object:
        return function(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"{owner}.{name}"
    return method


def build(
    name: str | None,
    bases: list[Any],
    methods: dict[str, Function],
    properties: dict[str, list[Function | None]],
    values: dict[str, object],
) -> type:
    """Make the class; ``properties`` are pairs of getter and setter."""
    for base in bases:
        if not isinstance(base, type):
            message = f"py.class(base, members) takes a Python class as its base, got {base!r}"
            raise TypeError(message)
    own = name or f"Js{bases[0].__name__ if bases else 'Object'}"
    space: dict[str, object] = {"__module__": "__snakepit__", **values}
    for key, function in methods.items():
        space[key] = _method(key, own, function)
    for key, pair in properties.items():
        get, put = (one and _method(key, own, one) for one in pair)
        space[key] = property(get, put)
    return types.new_class(own, tuple(bases), {}, lambda names: names.update(space))
