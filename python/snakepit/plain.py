"""What objects that are data, but no builtin containers, are made of: for ``$toJS``."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta

Parts = tuple[str, object]

# Their str() is their value. By name: the modules are not imported for the question.
_TEXT = frozenset(
    {("decimal", "Decimal"), ("fractions", "Fraction"), ("uuid", "UUID"), ("pathlib", "PurePath")}
)
_DAY = 86_400


def _bases(value: object) -> set[tuple[str, str]]:
    return {(base.__module__, base.__qualname__) for base in type(value).__mro__}


def _iso_timedelta(value: timedelta) -> str:
    """ISO 8601: P1DT2H3M4.5S; a negative one as a whole carries the sign."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{value.days}D" if value.days else ""
    fraction = f".{value.microseconds:06d}".rstrip("0") if value.microseconds else ""
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    body = days + (f"T{clock}" if clock else "")
    return f"{sign}P{body or 'T0S'}"


def _as_date(value: datetime | date | time | timedelta) -> Parts:
    if not isinstance(value, datetime):
        return "lossy", f"a {type(value).__name__} is no point in time"
    if value.tzinfo is None:
        return "lossy", "a datetime without a time zone is no point in time"
    if value.microsecond % 1000:
        return "lossy", "a Date has no microseconds"
    since = value - datetime(1970, 1, 1, tzinfo=UTC)
    return "date", float((since.days * _DAY + since.seconds) * 1000 + since.microseconds // 1000)


def _moment(value: object, dates: bool) -> Parts | None:
    if not isinstance(value, datetime | date | time | timedelta):
        return None
    if dates:
        return _as_date(value)
    return "value", _iso_timedelta(value) if isinstance(value, timedelta) else value.isoformat()


def _fields(value: object) -> dict[str, object] | None:
    """Of a dataclass, a namedtuple or a pydantic model."""
    names: object = getattr(type(value), "__dataclass_fields__", None)
    if isinstance(names, dict):
        return {name: getattr(value, name) for name in names}
    names = getattr(type(value), "_fields", None)
    if isinstance(value, tuple) and isinstance(names, tuple):
        return dict(zip(names, value, strict=False))
    for attribute in ("model_fields", "__fields__"):
        names = getattr(type(value), attribute, None)
        if isinstance(names, dict):
            return {name: getattr(value, name) for name in names}
    return None


def _simple(value: object) -> Parts | None:
    """Subclasses of the builtin scalars, and what is spelt as text."""
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(value, enum.Enum):
        return "value", value.value
    if _TEXT & _bases(value):
        return "value", str(value)
    if isinstance(value, int | float):
        return "value", int(value) if isinstance(value, int) else float(value)
    if isinstance(value, str | bytes):
        return "value", str(value) if isinstance(value, str) else bytes(value)
    return None


def _container(value: object) -> Parts | None:
    if isinstance(value, dict):
        return "dict", dict(value)
    if isinstance(value, list | tuple | set | frozenset | range):
        return "sequence", list(value)
    if isinstance(value, bytearray | memoryview):
        return "value", bytes(value)
    return None


def take_apart(value: object, dates: bool) -> Parts | None:
    """What ``value`` is made of; None where it is no data."""
    found = _simple(value) or _moment(value, dates)
    if found is not None:
        return found
    if isinstance(value, type):
        return None
    fields = _fields(value)
    return _container(value) if fields is None else ("dict", fields)
