"""Datetimes that came from a JavaScript Date."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Date(datetime):
    """An aware datetime in UTC that goes back to JavaScript as a Date."""

    __slots__ = ("milliseconds",)

    milliseconds: float

    def __new__(cls, *args: Any, **fields: Any) -> datetime:  # type: ignore[misc]
        """Make a plain datetime: for results of arithmetic, ``replace`` and the like."""
        return datetime(*args, **fields)

    def replace(self, *args: Any, **fields: Any) -> datetime:  # type: ignore[override]
        """Make a plain datetime; CPython does not ask the class for this one."""
        return _plain(self).replace(*args, **fields)

    def __repr__(self) -> str:
        """Read as a datetime, which is what it is to everybody."""
        return repr(_plain(self))

    def __reduce_ex__(self, protocol: object, /) -> tuple[Callable[..., datetime], tuple[Any, ...]]:
        """Pickle as a plain datetime, which every process can read."""
        return _plain(self).__reduce_ex__(2)  # type: ignore[return-value]


def _plain(date: datetime) -> datetime:
    return datetime.combine(date.date(), date.timetz())


def make(milliseconds: float, *fields: int) -> datetime:
    """Make one of its fields, year to microsecond, and of the milliseconds that go back."""
    date: Date = datetime.__new__(Date, *fields, UTC)  # type: ignore[arg-type, call-arg]
    date.milliseconds = milliseconds
    return date
