"""``with`` for JavaScript: a manager is entered, and left by whoever ends the block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class JavaScriptError(Exception):
    """What JavaScript threw, on its way through Python."""


Leave = Callable[[BaseException | None], bool]


def foreign(text: str) -> JavaScriptError:
    """Give Python something to raise for an error that is none of its own."""
    return JavaScriptError(text)


def enter(manager: Any) -> tuple[object, Leave]:
    """Enter ``manager``: its value, and the function that leaves it, true if it suppresses."""
    kind = type(manager)
    try:
        # Looked up on the type, both before either is called, as the with statement does.
        start, end = kind.__enter__, kind.__exit__
    except AttributeError:
        message = f"{kind.__qualname__!r} object does not support the context manager protocol"
        if hasattr(kind, "__aenter__"):
            message += ": it is an asynchronous one, which needs `async with`"
        raise TypeError(message) from None

    def leave(error: BaseException | None) -> bool:
        if error is None:
            end(manager, None, None, None)
            return False
        return bool(end(manager, type(error), error, error.__traceback__))

    return start(manager), leave
