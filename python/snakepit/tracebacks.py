"""Tracebacks made anew, of what the bridge keeps of a caught exception."""

from __future__ import annotations

import ast
import json
from functools import lru_cache
from types import CodeType, TracebackType
from typing import TYPE_CHECKING

from .exceptions import JAVASCRIPT, OBJECTS, is_javascript, position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .exceptions import Position, Trace

# Of the outermost and of the innermost: nobody reads the ones between.
_LIMIT = 200


# A code's file, name, qualified name and first line.
Names = tuple[str, str, str, int]


class _StopError(Exception):
    """Raised by a stand-in, where the real code raised or called."""


@lru_cache(maxsize=1024)
def _stand_in(names: Names, place: Position, *, javascript: bool) -> CodeType:
    """Code that raises at this place, under these names."""
    file, name, qualname, first = names
    line, end_line, column, end_column = place
    span = {
        "lineno": line or first,
        "end_lineno": end_line or line or first,
        "col_offset": column or 0,
        "end_col_offset": end_column or 0,
    }
    stop = ast.Name("stop", ast.Load(), **span)
    tree = ast.Module([ast.Raise(stop, None, **span)], [])
    made = compile(tree, file, "exec")
    consts = (*made.co_consts, JAVASCRIPT) if javascript else made.co_consts
    return made.replace(co_name=name, co_qualname=qualname, co_consts=consts)


def _entries(codes: Iterable[CodeType], objects: object) -> Iterator[TracebackType]:
    """Run each, and give the traceback of its own frame.

    A generator: what called it is no caller of the frames that stay, which would keep it alive.
    """
    for code in codes:
        entry: TracebackType | None = None
        try:
            exec(code, {"stop": _StopError, OBJECTS: objects})
        except _StopError as stop:
            traceback = stop.__traceback__
            entry = traceback.tb_next if traceback is not None else None
        if entry is not None:
            yield entry


def _of_python(trace: Trace) -> Iterator[CodeType]:
    pairs = list(zip(trace[2::2], trace[3::2], strict=True))
    if len(pairs) > 2 * _LIMIT:
        pairs = pairs[:_LIMIT] + pairs[-_LIMIT:]
    for code, lasti in pairs:
        names = code.co_filename, code.co_name, code.co_qualname, code.co_firstlineno
        javascript = is_javascript(code)
        yield _stand_in(names, position(code, lasti), javascript=javascript)


def _of_javascript(frames: str) -> Iterator[CodeType]:
    """Innermost first, as V8 lists them; given outermost first."""
    for name, file, line, column in reversed(json.loads(frames)):
        place = (line, line, column - 1, column)
        yield _stand_in((file, name, name, line), place, javascript=True)


def rebuild(trace: Trace, between: str) -> TracebackType | None:
    """Make the traceback of ``(exception, objects, code, lasti, …)``; it holds no locals.

    ``between`` are the frames of JavaScript that the exception left since, as JSON.
    """
    codes = [*_of_javascript(between), *_of_python(trace)]
    made: TracebackType | None = None
    for entry in reversed(list(_entries(codes, trace[1]))):
        made = TracebackType(made, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return made
