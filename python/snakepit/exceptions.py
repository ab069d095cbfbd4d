"""What JavaScript asks of a caught exception, rendered only when it asks."""

from __future__ import annotations

import json
import linecache
from itertools import islice
from os.path import basename
from types import CodeType
from typing import Any, NotRequired, TypedDict

# CPython's own limits: a suggestion must not cost more than the error is worth.
_NAME_LIMIT = 40
_CANDIDATE_LIMIT = 750

# The base class's own: a subclass may have a property of that name, which may raise.
_own_args = BaseException.__dict__["args"].__get__
_to_json = json.JSONEncoder().encode

Position = tuple[int | None, int | None, int | None, int | None]


def position(code: CodeType, lasti: int) -> Position:
    """Line, end line, column and end column of the instruction at ``lasti``."""
    none: Position = (None, None, None, None)
    if lasti < 0:
        return none
    return next(islice(code.co_positions(), lasti // 2, None), none)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _column(source: str, offset: int | None) -> int:
    """From 1, in UTF-16 units as editors count; CPython counts bytes of UTF-8 from 0."""
    if offset is None:
        return 0
    if source.isascii():
        return offset + 1
    return _units(source.encode("utf-8", "replace")[:offset].decode("utf-8", "replace")) + 1


class Frame(TypedDict):
    """One line of a traceback, as src/contract/exception-record.ts has it."""

    file: str
    line: int
    col: int
    function: str
    code: str
    javascript: NotRequired[bool]


def _source(file: str, line: int) -> str:
    try:
        return linecache.getline(file, line)
    except Exception:  # noqa: BLE001 - a loader of the user's, a file that is none
        return ""


def _fault(exception: SyntaxError) -> Frame | None:
    """Where the text is wrong that the parser refused: no frame ran there, and it is the place."""
    try:
        file, line, offset = exception.filename, exception.lineno, exception.offset
        text = exception.text
    except BaseException:  # noqa: BLE001 - a second error must not hide the first
        return None
    if not isinstance(file, str) or not isinstance(line, int):
        return None
    source = text if isinstance(text, str) else ""
    before = source[: max(offset - 1, 0)] if isinstance(offset, int) else ""
    return {
        "file": file,
        "line": line,
        "col": _units(before) + 1 if isinstance(offset, int) and offset > 0 else 0,
        "function": "<module>",
        "code": source.strip(),
    }


def _frame(code: CodeType, lasti: int) -> Frame:
    line, _, offset, _ = position(code, lasti)
    number = code.co_firstlineno if line is None else line
    source = _source(code.co_filename, number)
    return {
        "file": code.co_filename,
        "line": number,
        "col": _column(source, offset),
        "function": code.co_qualname,
        "code": source.strip(),
    }


def _stands_at(last: list[Frame], fault: Frame) -> bool:
    """Whether a frame is there already, as inline Python has one."""
    place = (basename(fault["file"]), fault["line"])
    return any((basename(one["file"]), one["line"]) == place for one in last)


# What the bridge keeps of a caught exception: (exception, what its operands were or None, code,
# lasti, code, lasti, …).
Trace = tuple[Any, ...]


# In the globals of a stand-in: what the operands were when its exception was caught.
OBJECTS = "snakepit: objects"
# The last constant of a stand-in for a frame of JavaScript (tracebacks.py).
JAVASCRIPT = "snakepit: a frame of JavaScript"


def is_javascript(code: CodeType) -> bool:
    """Whether it stands for a function of JavaScript that the exception passed through."""
    return code.co_consts[-1:] == (JAVASCRIPT,)


def frames(trace: Trace) -> str:
    """Python's frames outermost first, as JSON."""
    return _frames(trace, javascript=False)


def trace(trace: Trace) -> str:
    """As ``frames``, with those of JavaScript between them."""
    return _frames(trace, javascript=True)


def _frames(trace: Trace, *, javascript: bool) -> str:
    pairs = zip(trace[2::2], trace[3::2], strict=True)
    made: list[Frame] = []
    for code, lasti in pairs:
        if not is_javascript(code):
            made.append(_frame(code, lasti))
        elif javascript:
            made.append({**_frame(code, lasti), "javascript": True})
    fault = _fault(trace[0]) if issubclass(type(trace[0]), SyntaxError) else None
    return _to_json(made if fault is None or _stands_at(made[-1:], fault) else [*made, fault])


def args(trace: Trace) -> tuple[Any, ...]:
    """The arguments of the exception, whatever its class says of ``args``."""
    own: tuple[Any, ...] = _own_args(trace[0])
    return own


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


def suggestion(trace: Trace) -> str:
    """What CPython adds when it prints the exception: ``. Did you mean: 'arange'?``, or nothing."""
    try:
        name: object = trace[0].name
        owner: object = trace[0].obj
        if owner is None or not isinstance(name, str) or len(name) > _NAME_LIMIT:
            return ""
        candidates = [one for one in dir(owner) if isinstance(one, str)]
    except BaseException:  # noqa: BLE001 - whatever an object's own __dir__ raises, SystemExit too
        return ""
    if not name.startswith("_"):
        candidates = [one for one in candidates if not one.startswith("_")]
    if len(candidates) > _CANDIDATE_LIMIT:
        return ""
    found = _closest(name, candidates)
    return f". Did you mean: '{found}'?" if found else ""


def _text(value: object) -> str:
    try:
        return str(value)
    except BaseException:  # noqa: BLE001 - a second error must not hide the first
        return "(str() of this note failed)"


def notes(trace: Trace) -> str:
    """The exception's notes, as JSON."""
    try:
        own: object = getattr(trace[0], "__notes__", [])
        listed = list(own) if isinstance(own, list | tuple) else []
    except BaseException:  # noqa: BLE001
        listed = []
    return _to_json([_text(note) for note in listed])
