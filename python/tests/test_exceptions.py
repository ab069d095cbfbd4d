from __future__ import annotations

import json
import pickle
import types

from snakepit.exceptions import frames, notes, suggestion
from snakepit.integers import BigInt


def test_frames_say_where_and_what() -> None:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        trace = error.__traceback__
    assert trace is not None
    rows = json.loads(frames([trace.tb_frame.f_code, trace.tb_lasti]))
    assert [(row[1], row[2], row[3]) for row in rows] == [
        (trace.tb_lineno, 9, "test_frames_say_where_and_what")
    ]
    assert rows[0][4].startswith("1 / 0")


def test_frames_of_code_that_never_ran() -> None:
    code = compile("pass", "<nowhere>", "exec")
    assert json.loads(frames([code, -1])) == [["<nowhere>", 1, 0, "<module>", ""]]


def test_notes() -> None:
    error = ValueError("x")
    assert json.loads(notes(error)) == []
    error.add_note("a note")
    assert json.loads(notes(error)) == ["a note"]


def miss(owner: object, name: str) -> str:
    try:
        getattr(owner, name)
    except AttributeError as error:
        return suggestion(error)
    raise AssertionError(name)


def test_suggestion() -> None:
    owner = types.SimpleNamespace(arange=1, array=2, _hidden=3)
    assert miss(owner, "aranje") == ". Did you mean: 'arange'?"
    assert miss(owner, "hiden") == ""
    assert miss(owner, "something_else") == ""
    assert suggestion(AttributeError("no name")) == ""


def test_suggestion_survives_a_hostile_dir() -> None:
    class Hostile:
        def __dir__(self) -> list[str]:
            raise RuntimeError

    assert miss(Hostile(), "x") == ""


def test_bigint_is_an_int_elsewhere() -> None:
    big = BigInt(5)
    assert type(pickle.loads(pickle.dumps(big))) is int
    assert type(big + 1) is int
    assert repr(big) == "5"
