"""What a step of a batch does: one function for each operation of the wire."""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable
from typing import Any

from . import data, inline, questions, slices
from .arguments import module
from .attributes import follow, owner
from .bunches import Items, Taker, finish, is_async, step
from .contexts import foreign
from .packs import Helpers
from .payloads import describe
from .script import script
from .traits import ARRAY_LIKE, flags_of
from .wire import OPERATIONS

Arguments = list[Any] | tuple[Any, ...]
Operation = Callable[[Any, Any, Arguments, dict[str, Any]], Any]


class Answer:
    """A result that is data already, whatever is wanted."""

    __slots__ = ("tree",)

    def __init__(self, tree: object) -> None:
        self.tree = tree


def _function(target: Any, name: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
    own = module(target) if type(target) is str else target
    return follow(own, name)(*args, **kwargs)


def _method(target: Any, name: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
    return follow(target, name)(*args, **kwargs)


def _import(_target: Any, name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> Any:
    return module(name)


def _get_attr(target: Any, name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> Any:
    return follow(module(target) if type(target) is str else target, name)


def _set_attr(target: Any, name: Any, args: Arguments, _kwargs: dict[str, Any]) -> None:
    setattr(*owner(target, name), args[0])


def _del_attr(target: Any, name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> None:
    delattr(*owner(target, name))


def _has_attr(target: Any, name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> bool:
    try:
        follow(target, name)
    except AttributeError:
        return False
    return True


def _key(target: Any, keys: Arguments) -> Any:
    """Several keys are a tuple; a text is slice grammar on array-like objects only."""
    if flags_of(target)[0] & ARRAY_LIKE:
        return slices.key(list(keys))
    return keys[0] if len(keys) == 1 else tuple(keys)


def _index(target: Any, _name: Any, args: Arguments, _kwargs: dict[str, Any]) -> Any:
    try:
        return target[args[0]]
    except IndexError:
        return Missing()


class Missing:
    """What ``index`` gives where there is nothing."""


def _block(_target: Any, name: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
    """The arguments, if any, are the place of the text: file, line, column."""
    return inline.cached(name, list(kwargs), list(args) or None, waits=True)(*kwargs.values())


def _exec(_target: Any, name: Any, args: Arguments, kwargs: dict[str, Any]) -> Any:
    """The first argument is the place of the call, or None; the others name outputs."""
    place, *names = args or [None]
    made = script(name, None if place is None else list(place), **kwargs)
    made.run()
    return Items(made.take(*names))


def iterate(target: Any, _name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> Any:
    """The iterator of an object, or its asynchronous one where it has no other."""
    asynchronous = is_async(target, "__iter__", "__aiter__")
    return type(target).__aiter__(target) if asynchronous else iter(target)


def _close(target: Any, _name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> Any:
    close = getattr(target, "aclose" if is_async(target, "close", "aclose") else "close", None)
    if not callable(close):
        return None
    closing = close()
    return finish(closing) if is_async(target, "close", "aclose") else None


def _throw(target: Any, _name: Any, args: Arguments, _kwargs: dict[str, Any]) -> Any:
    return step(lambda: target.throw(args[0]))


def _enter(target: Any, _name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> Any:
    if is_async(target, "__enter__", "__aenter__"):
        return finish(type(target).__aenter__(target))
    return type(target).__enter__(target)


def _exit(target: Any, _name: Any, args: Arguments, _kwargs: dict[str, Any]) -> Any:
    # A text stands for an error of JavaScript, which has no counterpart here.
    error = foreign(args[0]) if args and type(args[0]) is str else args[0] if args else None
    kind, trace = (None, None) if error is None else (type(error), error.__traceback__)
    if is_async(target, "__exit__", "__aexit__"):
        return finish(type(target).__aexit__(target, kind, error, trace), bool)
    return bool(type(target).__exit__(target, kind, error, trace))


def _describe(target: Any, _name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> Answer:
    return Answer(describe(target))


def _text(target: Any, _name: Any, args: Arguments, _kwargs: dict[str, Any]) -> str:
    return repr(target) if args and args[0] else str(target)


def _names(target: Any, _name: Any, _args: Arguments, _kwargs: dict[str, Any]) -> Answer:
    return Answer([name for name in dir(target) if type(name) is str and name[:2] != "__"])


def _to_date(target: Any, _name: Any, args: Arguments, kwargs: dict[str, Any]) -> Answer:
    zone = args[0] if args else kwargs.get("zone")
    if zone is not None and getattr(target, "tzinfo", None) is None:
        target = target.replace(tzinfo=importlib.import_module("zoneinfo").ZoneInfo(zone))
    return Answer(data.Plain(dates="date", keep=_no_objects).convert(target))


def _no_objects(value: object) -> object:
    message = f"a {type(value).__qualname__} is no date"
    raise TypeError(message)


_TABLE: dict[str, Operation] = {
    "import": _import,
    "function": _function,
    "construct": _function,
    "method": _method,
    "call": lambda target, _name, args, kwargs: target(*args, **kwargs),
    "get_attr": _get_attr,
    "set_attr": _set_attr,
    "del_attr": _del_attr,
    "has_attr": _has_attr,
    "get_item": lambda target, _name, args, _kwargs: target[_key(target, args)],
    "set_item": lambda target, _name, args, _kwargs: operator.setitem(
        target, _key(target, args[:-1]), args[-1]
    ),
    "del_item": lambda target, _name, args, _kwargs: operator.delitem(target, _key(target, args)),
    "index": _index,
    "block": _block,
    "exec": _exec,
    "iter": iterate,
    "next": lambda target, _name, _args, _kwargs: step(lambda: next(target)),
    "send": lambda target, _name, args, _kwargs: step(lambda: target.send(args[0])),
    "throw": _throw,
    "close": _close,
    "take": Taker(),
    "enter": _enter,
    "exit": _exit,
    "describe": _describe,
    "isinstance": lambda _target, _name, args, _kwargs: isinstance(args[0], args[1]),
    "is": lambda _target, _name, args, _kwargs: args[0] is args[1],
    "equal": lambda _target, _name, args, _kwargs: questions.equal(args[0], args[1]),
    "bool": lambda _target, _name, args, _kwargs: bool(args[0]),
    "len": lambda _target, _name, args, _kwargs: len(args[0]),
    "contains": lambda _target, _name, args, _kwargs: args[1] in args[0],
    "callable": lambda _target, _name, args, _kwargs: callable(args[0]),
    "text": _text,
    "names": _names,
    "to_date": _to_date,
    "value": lambda target, _name, args, _kwargs: args[0] if args else target,
}


def operations(helpers: dict[str, str]) -> list[Operation | None]:
    """By number; those that need the dispatcher's own tables are for it to fill in."""
    made: list[Operation | None] = [None] * len(OPERATIONS)
    made[OPERATIONS["helper"]] = Helpers(helpers)
    for name, run in _TABLE.items():
        made[OPERATIONS[name]] = run
    return made
