"""Tracebacks made anew, of what the bridge keeps of a caught exception."""

from __future__ import annotations

import ast
from functools import lru_cache
from types import CodeType, TracebackType
from typing import TYPE_CHECKING

from .exceptions import position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .exceptions import Position, Trace

# Of the outermost and of the innermost: nobody reads the ones between.
_LIMIT = 200


class _StopError(Exception):
    """Raised by a stand-in, where the real code raised or called."""


@lru_cache(maxsize=1024)
def _stand_in(file: str, name: str, qualname: str, first: int, place: Position) -> CodeType:
    """Code that raises at this place, under this name."""
    line, end_line, column, end_column = place
    span = {
        "lineno": line or first,
        "end_lineno": end_line or line or first,
        "col_offset": column or 0,
        "end_col_offset": end_column or 0,
    }
    stop = ast.Name("stop", ast.Load(), **span)
    tree = ast.Module([ast.Raise(stop, None, **span)], [])
    return compile(tree, file, "exec").replace(co_name=name, co_qualname=qualname)


def _entries(codes: Iterable[CodeType]) -> Iterator[TracebackType]:
    """Run each, and give the traceback of its own frame.

    A generator: what called it is no caller of the frames that stay, which would keep it alive.
    """
    for code in codes:
        entry: TracebackType | None = None
        try:
            exec(code, {"stop": _StopError})
        except _StopError as stop:
            traceback = stop.__traceback__
            entry = traceback.tb_next if traceback is not None else None
        if entry is not None:
            yield entry


def rebuild(trace: Trace) -> TracebackType | None:
    """Make the traceback of ``(exception, objects, code, lasti, …)``; it holds no locals."""
    pairs = list(zip(trace[2::2], trace[3::2], strict=True))
    if len(pairs) > 2 * _LIMIT:
        pairs = pairs[:_LIMIT] + pairs[-_LIMIT:]
    codes = [
        _stand_in(
            code.co_filename,
            code.co_name,
            code.co_qualname,
            code.co_firstlineno,
            position(code, lasti),
        )
        for code, lasti in pairs
    ]
    made: TracebackType | None = None
    for entry in reversed(list(_entries(codes))):
        made = TracebackType(made, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return made
