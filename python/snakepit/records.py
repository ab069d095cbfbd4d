"""A Python exception as a record of plain data, for another process. Bounded, and never raises."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from .exceptions import suggestion, trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Record = dict[str, object]

# What a sandbox adds to the message of what it refused; refusals.py sets it.
explain: Callable[[BaseException], str] | None = None
# What is done first about a MemoryError; exhaustion.py sets it.
memory_failed: Callable[[BaseException], None] | None = None

_MESSAGE_LIMIT = 1_000_000
_TEXT_LIMIT = 10_000
_SOURCE_LIMIT = 1000
_FRAME_LIMIT = 200
_CHAIN_LIMIT = 30
_MEMBER_LIMIT = 100
_ARGS_LIMIT = 100
_PLAIN = frozenset({type(None), bool, int, float})
_INT_BITS = 4096
_OWN = os.path.dirname(__file__) + os.sep
_IMPORTLIB = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")


# Past whatever a class of users puts in their way: __getattribute__, properties, metaclasses.
_MRO = type.__dict__["__mro__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_NAME = type.__dict__["__name__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__
_ARGS = BaseException.__dict__["args"].__get__
_TRACEBACK = BaseException.__dict__["__traceback__"]
_CAUSE = BaseException.__dict__["__cause__"].__get__
_CONTEXT = BaseException.__dict__["__context__"].__get__
_MEMBERS = BaseExceptionGroup.__dict__["exceptions"].__get__
_SUPPRESS = BaseException.__dict__["__suppress_context__"].__get__


def _text(value: str, limit: int = _TEXT_LIMIT) -> str:
    if len(value) <= limit:
        return str(value)
    return f"{value[: limit - 60]}… [cut: {len(value)} characters in all]"


def _message(exception: BaseException) -> str:
    try:
        text = str(exception)
    except BaseException:  # noqa: BLE001 - whatever its own __str__ raises
        return "(str() of this exception failed)"
    try:
        if type(exception) is AttributeError:
            text += suggestion((exception,))
        if explain is not None and (more := explain(exception)):
            text += f" ({more})"
    except BaseException:  # noqa: BLE001 - whatever the objects of the exception raise
        return _text(text, _MESSAGE_LIMIT)
    return _text(text, _MESSAGE_LIMIT)


def _module(kind: type) -> str:
    module: object = _MODULE(kind)
    return str(module) if type(module) is str else "?"


def _name(kind: type) -> str:
    return f"{_module(kind)}.{_QUALNAME(kind)}"


def _data(value: object) -> object:
    """An argument of an exception: numbers and short texts as they are, the rest as its repr."""
    kind = type(value)
    if kind in _PLAIN:
        return value if kind is not int or value.bit_length() < _INT_BITS else repr(kind)  # type: ignore[attr-defined]
    if kind is str:
        return _text(value)  # type: ignore[arg-type]
    try:
        return _text(repr(value))
    except BaseException:  # noqa: BLE001 - whatever its own __repr__ raises
        return f"<{_name(kind)}>"


def _args(exception: BaseException) -> list[object]:
    args: tuple[object, ...] = _ARGS(exception)
    message = [_text(one, _MESSAGE_LIMIT) for one in args[:1] if type(one) is str]
    return message + [_data(one) for one in args[len(message) : _ARGS_LIMIT]]


def _trace(exception: BaseException) -> list[object]:
    """Outermost first, JavaScript's too.

    Those above the user's code, and of the import machinery, are left out.
    """
    entry = _TRACEBACK.__get__(exception)
    entries: list[TracebackType] = []
    while entry is not None:
        file = entry.tb_frame.f_code.co_filename
        if (entries or not file.startswith(_OWN)) and file not in _IMPORTLIB:
            entries.append(entry)
        entry = entry.tb_next
    if len(entries) > _FRAME_LIMIT:
        # The middle of a recursion says little.
        half = _FRAME_LIMIT // 2
        entries = entries[:half] + entries[-half:]
    pairs = [part for one in entries for part in (one.tb_frame.f_code, one.tb_lasti)]
    # Raised again, it has the frames of then only; and no locals stay alive.
    _TRACEBACK.__set__(exception, None)
    made: list[dict[str, object]] = json.loads(trace((exception, None, *pairs)))
    return [
        [one["file"], one["line"], one["col"], one["function"], _source(one), "javascript" in one]
        for one in made
    ]


def _source(frame: dict[str, object]) -> str:
    return _text(str(frame["code"]), _SOURCE_LIMIT)


def _notes(exception: BaseException) -> list[str]:
    notes: object = getattr(exception, "__notes__", None)
    if not isinstance(notes, list | tuple):
        return []
    return [_text(note if type(note) is str else repr(note)) for note in notes[:_ARGS_LIMIT]]


def _context(exception: BaseException) -> dict[str, object] | None:
    """Before the frames are let go."""
    from . import error_context  # noqa: PLC0415 - most processes meet few exceptions

    try:
        return error_context.of(exception)
    except BaseException:  # noqa: BLE001 - a second error must not hide the first
        return None


def _chained(exception: BaseException) -> BaseException | None:
    cause: BaseException | None = _CAUSE(exception)
    if cause is not None or _SUPPRESS(exception):
        return cause
    context: BaseException | None = _CONTEXT(exception)
    return context


def _or_nothing(read: object, *args: object) -> list[object]:
    try:
        return list(read(*args))  # type: ignore[operator]
    except BaseException:  # noqa: BLE001 - an exception's own properties
        return []


def record(exception: BaseException) -> Record:
    """Everything that src/contract/exception-record.ts has, as data."""
    return _record(exception, 0, {})


# Of one failure; None for those whose record is being made: a chain may lead back into itself.
_Known = dict[int, Record | None]


def _linked(exception: BaseException, depth: int, known: _Known) -> Record | None:
    """Of a cause or a member, which may be both: its frames are let go by the first record."""
    if id(exception) in known:
        return known[id(exception)]
    return _record(exception, depth, known) if depth <= _CHAIN_LIMIT else None


def _record(exception: BaseException, depth: int, known: _Known) -> Record:
    kind = type(exception)
    known[id(exception)] = None
    found = _context(exception)
    chained = _chained(exception)
    cause = None if chained is None else _linked(chained, depth + 1, known)
    made: Record = {
        "type": _text(_NAME(kind)),
        "module": _text(_module(kind)),
        "mro": [_text(_name(base)) for base in _MRO(kind)],
        "message": _message(exception),
        "args": _or_nothing(_args, exception),
        "notes": _or_nothing(_notes, exception),
        "frames": _or_nothing(_trace, exception),
        "cause": cause,
        "context": found,
    }
    if BaseExceptionGroup in _MRO(kind) and depth < _CHAIN_LIMIT:
        members = _MEMBERS(exception)[:_MEMBER_LIMIT]
        made["errors"] = [
            one for member in members if (one := _linked(member, depth + 1, known)) is not None
        ]
    known[id(exception)] = made
    return made


def failure(exception: BaseException) -> Record:
    """The record of a Failure (src/wire/message.ts) for a Python exception."""
    if memory_failed is not None and issubclass(type(exception), MemoryError):
        memory_failed(exception)
    return {"record": record(exception), "code": "", "message": "", "path": ""}


def own(code: str, message: str, path: str = "") -> Record:
    """The record of a Failure of our own."""
    return {"record": None, "code": code, "message": _text(message), "path": path}
