from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

from snakepit.plain import take_apart


@dataclass
class Point:
    x: int
    y: list[int]


Pair = namedtuple("Pair", ["a", "b"])


class Colour(Enum):
    RED = "r"


class Level(IntEnum):
    LOW = 1


class Name(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Point(1, [2]), ("dict", {"x": 1, "y": [2]})),
        (Pair(1, 2), ("dict", {"a": 1, "b": 2})),
        (OrderedDict(a=1), ("dict", {"a": 1})),
        (Colour.RED, ("value", "r")),
        (Level.LOW, ("value", 1)),
        (Name("n"), ("value", "n")),
        (Decimal("1.50"), ("value", "1.50")),
        (Fraction(1, 3), ("value", "1/3")),
        (Path("a/b"), ("value", "a/b")),
        (UUID(int=1), ("value", "00000000-0000-0000-0000-000000000001")),
        (range(3), ("list", [0, 1, 2])),
        (bytearray(b"x"), ("memory", (b"x", "uint8", (1,)))),
        (date(2024, 1, 2), ("value", "2024-01-02")),
        (time(3, 4), ("value", "03:04:00")),
        (datetime(2024, 1, 2, 3, tzinfo=UTC), ("value", "2024-01-02T03:00:00+00:00")),
        (timedelta(days=1, hours=2, microseconds=500), ("value", "P1DT2H0.0005S")),
        (timedelta(seconds=-1), ("value", "-PT1S")),
        (timedelta(0), ("value", "PT0S")),
        (object, None),
        (print, None),
    ],
)
def test_take_apart(value: object, expected: tuple[str, object] | None) -> None:
    assert take_apart(value, False) == expected


def test_dates() -> None:
    moment = datetime(1970, 1, 1, 1, 0, 0, 5000, tzinfo=timezone(timedelta(hours=1)))
    assert take_apart(moment, True) == ("date", 5.0)
    before = datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    assert take_apart(before, True) == ("date", -1.0)
    for lossy in (datetime(2024, 1, 1), date(2024, 1, 1), moment.replace(microsecond=1)):
        found = take_apart(lossy, True)
        assert found is not None
        assert found[0] == "lossy"
