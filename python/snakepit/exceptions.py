"""What JavaScript asks of a caught exception, rendered only when it asks."""

from __future__ import annotations

import json
import linecache
from itertools import islice
from types import CodeType

# CPython's own limits: a suggestion must not cost more than the error is worth.
_NAME_LIMIT = 40
_CANDIDATE_LIMIT = 750

Position = tuple[int | None, int | None, int | None, int | None]


def _position(code: CodeType, lasti: int) -> Position:
    """Line, end line, column and end column of the instruction at ``lasti``."""
    none: Position = (None, None, None, None)
    if lasti < 0:
        return none
    return next(islice(code.co_positions(), lasti // 2, None), none)


def frames(trace: list[CodeType | int]) -> str:
    """Rows of file, line, column, function and source line of ``[code, lasti, …]``, as JSON."""
    rows: list[tuple[str, int, int, str, str]] = []
    for code, lasti in zip(trace[::2], trace[1::2], strict=True):
        if not isinstance(code, CodeType) or not isinstance(lasti, int):
            continue
        line, _, column, _ = _position(code, lasti)
        number = code.co_firstlineno if line is None else line
        column = -1 if column is None else column
        source = linecache.getline(code.co_filename, number).strip()
        rows.append((code.co_filename, number, column + 1, code.co_qualname, source))
    return json.dumps(rows)


def _distance(a: str, b: str, limit: int) -> int:
    """Levenshtein's distance, or more than ``limit``."""
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            cost = previous[j - 1] + (x != y)
            current.append(min(cost, previous[j] + 1, current[-1] + 1))
        if min(current) > limit:
            return limit + 1
        previous = current
    return previous[-1]


def _closest(name: str, candidates: list[str]) -> str | None:
    """The candidate that ``name`` may be a misspelling of, as CPython's tracebacks suggest one."""
    limit = (len(name) + 3) // 3
    best: str | None = None
    letters = set(name)
    for candidate in candidates:
        if abs(len(candidate) - len(name)) > limit or len(letters - set(candidate)) > limit:
            continue
        distance = _distance(name, candidate, limit)
        if distance <= limit and candidate != name:
            best, limit = candidate, distance - 1
    return best


def suggestion(exception: BaseException) -> str:
    """What CPython adds when it prints the exception: ``. Did you mean: 'arange'?``, or nothing."""
    name: object = getattr(exception, "name", None)
    owner: object = getattr(exception, "obj", None)
    if owner is None or not isinstance(name, str) or len(name) > _NAME_LIMIT:
        return ""
    try:
        candidates = [one for one in dir(owner) if isinstance(one, str)]
    except Exception:  # noqa: BLE001 - whatever an object's own __dir__ raises
        return ""
    if not name.startswith("_"):
        candidates = [one for one in candidates if not one.startswith("_")]
    if len(candidates) > _CANDIDATE_LIMIT:
        return ""
    found = _closest(name, candidates)
    return f". Did you mean: '{found}'?" if found else ""


def notes(exception: BaseException) -> str:
    """The exception's notes, as JSON."""
    own: object = getattr(exception, "__notes__", [])
    return json.dumps([str(note) for note in own] if isinstance(own, list | tuple) else [])
