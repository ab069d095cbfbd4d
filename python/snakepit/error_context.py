"""What was involved when an exception was raised: shapes, dtypes and devices, never values.

From the objects themselves while its frames are there; then from the message, by rules.
"""

from __future__ import annotations

import json
import os
from itertools import islice
from typing import TYPE_CHECKING, Any

from .arrays import Fields, any_loaded, is_array, library_of, reader_of
from .exceptions import OBJECTS, Trace
from .lookup import UNKNOWN, values
from .operands import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType, TracebackType

# What native code asks: it imports this module alone.
__all__ = ["is_array", "observe", "of", "read", "watch"]

_LETTERS = "abcd"
# Items of a list that is an operand.
_ITEM_LIMIT = 8
# From the fault outwards, until a frame is no library's.
_FRAME_LIMIT = 16
_OWN = os.path.dirname(__file__) + os.sep
_TRACEBACK = BaseException.__dict__["__traceback__"].__get__

_to_json = json.JSONEncoder().encode


def _describe(given: Iterable[object]) -> Fields:
    """The arrays among operands, by letters; one that is not known has a letter too."""
    made: Fields = {}
    letters = iter(_LETTERS)
    for value in given:
        kind = type(value)
        if kind is list or kind is tuple:
            for item in islice(value, _ITEM_LIMIT):  # type: ignore[call-overload]
                _describe_one(item, made, letters)
        else:
            _describe_one(value, made, letters)
    return made


def _describe_one(value: object, made: Fields, letters: Any) -> None:
    reader = None if value is UNKNOWN else reader_of(type(value))
    if reader is None and value is not UNKNOWN:
        return
    letter = next(letters, None)
    if reader is not None and letter is not None:
        made.update(reader.describe(value, letter))


def _knowledge(fields: Fields) -> tuple[int, bool]:
    """How many operands are known; where that is the same, whether the first is."""
    return sum(name.startswith("type_") for name in fields), "type_a" in fields


def _entries(trace: TracebackType | None) -> tuple[list[TracebackType], FrameType | None]:
    """Those behind our own frames, and the last of ours, if there is one."""
    entries: list[TracebackType] = []
    ours: FrameType | None = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(_OWN):
            entries, ours = [], trace.tb_frame
        else:
            entries.append(trace)
        trace = trace.tb_next
    return entries, ours


def _arguments(frame: FrameType | None) -> list[object]:
    """Of the call that JavaScript made, in one of our frames that carries calls out."""
    names = {} if frame is None else frame.f_locals
    args, named = names.get("args"), names.get("kwargs")
    given = [names.get("target")]
    given += args if type(args) is list or type(args) is tuple else []
    return given + (list(named.values()) if type(named) is dict else [])


def _in_library(entry: TracebackType) -> bool:
    return library_of(entry.tb_frame.f_globals.get("__name__")) is not None


def _candidates(entries: list[TracebackType]) -> list[TracebackType]:
    """From the fault outwards: what raised, and who asked it to.

    A library is asked by the first frame outside of it. Whoever raises by hand is asked by its
    caller.
    """
    found: list[TracebackType] = []
    for entry in islice(reversed(entries), _FRAME_LIMIT):
        found.append(entry)
        by_hand = len(found) == 1 and plan_of(entry.tb_frame.f_code, entry.tb_lasti).raises
        if not (by_hand or _in_library(entry)):
            break
    return found


def observe(exception: BaseException, arguments: tuple[object, ...] | None) -> Fields | bool:
    """What its operands were; its traceback is still there.

    ``arguments`` are those of the call that JavaScript made, if there is an array among them.
    False: nothing now; True: nor ever, where the two innermost frames stand at these instructions.
    """
    try:
        entries, ours = _entries(_TRACEBACK(exception))
        given = _arguments(ours) if arguments is None else list(arguments)
        if watch(type(exception)) == LIBRARIES_ONLY and not any(map(_in_library, entries[-1:])):
            return _describe(given) or True if not entries else True
        return _observe(entries, given)
    except BaseException:  # noqa: BLE001 - a second error must not hide the first
        return False


def _observe(entries: list[TracebackType], arguments: list[object]) -> Fields | bool:
    known = entries[-1].tb_frame.f_globals if entries else {}
    if OBJECTS in known:
        # It was caught before: what is there now are stand-ins for its frames.
        before: Fields | None = known[OBJECTS]
        return before or False
    candidates = _candidates(entries)
    best: Fields = {}
    barren = True
    for entry in candidates:
        frame = entry.tb_frame
        plan = plan_of(frame.f_code, entry.tb_lasti)
        if plan.is_barren:
            continue
        barren = False
        found = _describe(values(plan, frame))
        # Of two that know as much, who asked rather than who was asked.
        if _knowledge(found) >= _knowledge(best):
            best = found
    if _is_direct(entries, candidates):
        found = _describe(arguments)
        if _knowledge(found) >= _knowledge(best):
            best = found
    return best or (barren and not any(map(_in_library, candidates)))


def _is_direct(entries: list[TracebackType], candidates: list[TracebackType]) -> bool:
    """Whether what JavaScript called is what failed: no frame, its own `raise`, or a library's."""
    if len(candidates) < len(entries):
        return False
    last = candidates[-1:]
    return all(
        _in_library(entry) or plan_of(entry.tb_frame.f_code, entry.tb_lasti).raises
        for entry in last
    )


def _merged(exception: BaseException, objects: Fields | None) -> Fields | None:
    from .error_rules import from_message  # noqa: PLC0415 - most errors are not asked

    message = from_message(exception)
    if objects:
        if any(objects.get(name, value) != value for name, value in message.items()):
            # It speaks of others than the operands: of a row, where they are the array.
            message = {name: value for name, value in message.items() if name[-2:-1] != "_"}
        return {"source": "objects", **message, **objects}
    return {"source": "message", **message} if message else None


def read(trace: Trace) -> str | None:
    """The context of a caught exception, as JSON; None where there is nothing to say."""
    try:
        found = _merged(trace[0], trace[1])
    except BaseException:  # noqa: BLE001 - a second error must not hide the first
        return None
    return None if found is None else _to_json(found)


# Raised and caught as a matter of course; they have no operands that are arrays.
_NEVER = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt, SystemExit)
_NEVER += (AttributeError, NameError, ImportError, SyntaxError, RecursionError)  # type: ignore[assignment]

# What `watch` answers; src-native/operands.cc goes by it.
NEVER, LIBRARIES_ONLY, ALWAYS = range(3)


def watch(kind: type) -> int:
    """Whether exceptions of a type are looked at. Of KeyErrors only those that a library raised."""
    if issubclass(kind, _NEVER):
        return NEVER
    return LIBRARIES_ONLY if issubclass(kind, KeyError) else ALWAYS


def objects_of(exception: BaseException) -> Fields | None:
    """What its operands were, if they were arrays; no more than a look where none can be."""
    if not any_loaded() or watch(type(exception)) == NEVER:
        return None
    found = observe(exception, None)
    return found if type(found) is dict else None


def of(exception: BaseException) -> Fields | None:
    """The whole context of an exception that still has its traceback."""
    return _merged(exception, objects_of(exception))
