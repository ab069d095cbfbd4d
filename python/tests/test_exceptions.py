from __future__ import annotations

import json
import pickle
import types
from collections.abc import Callable
from typing import Any

from snakepit.exceptions import Trace, frames, notes, suggestion
from snakepit.integers import BigInt


def trace_of(error: BaseException) -> Trace:
    """What native code keeps of a caught exception."""
    trace: list[Any] = [error, None]
    entry = error.__traceback__
    while entry is not None:
        trace += [entry.tb_frame.f_code, entry.tb_lasti]
        entry = entry.tb_next
    return tuple(trace)


def caught(run: Callable[[], object]) -> BaseException:
    try:
        run()
    except BaseException as error:  # noqa: BLE001 - to be looked at
        return error
    raise AssertionError(run)


def test_frames_say_where_and_what() -> None:
    def fail() -> float:
        return 1 / 0

    error = caught(fail)
    outer, inner = json.loads(frames(trace_of(error)))
    assert outer["function"] == "caught"
    assert inner == {
        "file": __file__,
        "line": fail.__code__.co_firstlineno + 1,
        "col": 16,
        "function": "test_frames_say_where_and_what.<locals>.fail",
        "code": "return 1 / 0",
    }


def test_columns_count_as_editors_do() -> None:
    def fail() -> object:
        return "žluť 🐍", int("x")

    frame = json.loads(frames(trace_of(caught(fail))))[-1]
    units = frame["code"].encode("utf-16-le")
    indented = 8
    assert units[2 * (frame["col"] - 1 - indented) :].decode("utf-16-le") == 'int("x")'


def test_frames_of_code_that_never_ran() -> None:
    code = compile("pass", "<nowhere>", "exec")
    frame = {"file": "<nowhere>", "line": 1, "col": 0, "function": "<module>", "code": ""}
    assert json.loads(frames((None, None, code, -1))) == [frame]


def test_a_syntax_error_ends_where_the_text_is_wrong() -> None:
    error = caught(lambda: compile("a = 1\nb = = 2\n", "config.py", "exec"))
    assert json.loads(frames(trace_of(error)))[-1] == {
        **{"file": "config.py", "line": 2, "col": 5, "function": "<module>", "code": "b = = 2"}
    }
    for details in ((None, 1, 1, "x"), ("f", None, None, None), ("f", "1", [], b"x")):
        assert json.loads(frames((SyntaxError("x", details),))) == []


def test_notes() -> None:
    error = ValueError("x")
    assert json.loads(notes((error,))) == []
    error.add_note("a note")
    assert json.loads(notes((error,))) == ["a note"]


def test_hostile_notes() -> None:
    class Hostile:
        def __str__(self) -> str:
            raise SystemExit

    class HiddenError(Exception):
        @property
        def __notes__(self) -> list[str]:
            raise KeyboardInterrupt

    error = ValueError("x")
    error.__notes__ = [Hostile(), "\ud800"]  # type: ignore[list-item]
    assert json.loads(notes((error,))) == ["(str() of this note failed)", "\ud800"]
    error.__notes__ = 5  # type: ignore[assignment]
    assert json.loads(notes((error,))) == []
    assert json.loads(notes((HiddenError(),))) == []


def miss(owner: object, name: str) -> str:
    try:
        getattr(owner, name)
    except AttributeError as error:
        return suggestion((error,))
    raise AssertionError(name)


def test_suggestion() -> None:
    owner = types.SimpleNamespace(arange=1, array=2, _hidden=3)
    assert miss(owner, "aranje") == ". Did you mean: 'arange'?"
    assert miss(owner, "hiden") == ""
    assert miss(owner, "something_else") == ""
    assert suggestion((AttributeError("no name"),)) == ""


def test_suggestion_survives_a_hostile_dir() -> None:
    class Hostile:
        def __dir__(self) -> list[str]:
            raise SystemExit

    assert miss(Hostile(), "x") == ""


def test_bigint_is_an_int_elsewhere() -> None:
    big = BigInt(5)
    assert type(pickle.loads(pickle.dumps(big))) is int
    assert type(big + 1) is int
    assert repr(big) == "5"
