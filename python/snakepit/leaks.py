"""What JavaScript and Python hold of each other, for ``snakepit/testing``."""

from __future__ import annotations

import gc
import json
from types import BuiltinFunctionType, CodeType, ModuleType
from typing import Any

# How many objects a search for cycles looks at: a data set or a module's world is no suspect.
_REACH = 100_000
# They are always there, and from them everything is reached.
_WORLD = (ModuleType, type, CodeType, BuiltinFunctionType)


def collect() -> None:
    """Free what only cycles of Python's keep."""
    gc.collect()


def _name(value: object) -> str:
    kind = type(value)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def types(rows: list[tuple[int, object]], _extra: list[object]) -> str:
    """Handle and type of each object that JavaScript holds, as JSON."""
    return json.dumps([(handle, _name(value)) for handle, value in rows])


def _reach(start: object, wanted: dict[int, int], ignored: set[int]) -> dict[int, list[str]]:
    """Which of ``wanted`` (number by id) ``start`` holds, with the types on the way there."""
    found: dict[int, list[str]] = {}
    paths: dict[int, list[str]] = {id(start): [_name(start)]}
    queue: list[Any] = [start]
    for value in queue:
        path = paths[id(value)]
        for one in gc.get_referents(value):
            if id(one) in paths or id(one) in ignored or isinstance(one, _WORLD):
                continue
            paths[id(one)] = [*path, _name(one)]
            if id(one) in wanted:
                found[wanted[id(one)]] = path
            elif len(queue) < _REACH:
                queue.append(one)
    return found


def cycles(rows: list[tuple[int, object]], held: list[object]) -> str:
    """Handle, number in ``held`` and path of each pair in which Python's side keeps JavaScript's.

    If the object of JavaScript reaches the handle, by a closure say, neither is ever freed.
    """
    wanted = {id(value): number for number, value in enumerate(held)}
    # The lists that were made for this question hold everything.
    ignored = {id(rows), id(held), id(wanted), *(id(row) for row in rows)}
    found = [
        (handle, number, path)
        for handle, value in rows
        if id(value) not in wanted and not isinstance(value, _WORLD)
        for number, path in _reach(value, wanted, ignored).items()
    ]
    return json.dumps(found)
