"""Points in time: what ``$toDate`` makes of datetimes and their kin."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SUBTLE = "a Date has milliseconds, and this has smaller parts; round it in Python first"
_NAIVE = "it is without a time zone; say which one it is meant in, such as { zone: 'UTC' }"


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        why = f"{name!r} is no time zone that this Python knows; tzdata from PyPI brings them all"
        raise ValueError(why) from error


def _milliseconds(value: datetime, zone: tzinfo | None) -> float | str | list[str]:
    if value.tzinfo is None:
        if zone is None:
            return _NAIVE
        value = value.replace(tzinfo=zone)
    whole, rest = divmod(value - _EPOCH, _MILLISECOND)
    finer: int = getattr(value, "nanosecond", 0)  # of pandas' Timestamp
    if rest != timedelta(0) or finer:
        return [_SUBTLE]
    return float(whole)


def _datetime64(value: Any, zone: tzinfo | None) -> float | str | list[str]:
    if value != value:  # noqa: PLR0124 -- NaT is equal to nothing
        return "NaT is no point in time"
    rounded = value.astype("datetime64[ms]")
    # Unequal where the unit is finer, and what it counts does not fit.
    if rounded.astype(value.dtype) != value:
        return [_SUBTLE]
    plain = rounded.item()
    if not isinstance(plain, datetime):
        return ["a Date's years go from 1 to 9999 here"]
    return _milliseconds(plain, zone)


def moment(value: object, zone: str | None) -> float | str | list[str]:
    """The milliseconds since 1970; a text says why it is none, a list of one what would be lost."""
    where = _zone(zone)
    if isinstance(value, datetime | date) and value != value:  # noqa: PLR0124
        return "NaT is no point in time"
    if isinstance(value, datetime):
        return _milliseconds(value, where)
    if isinstance(value, date):
        return _milliseconds(datetime.combine(value, time()), where)
    if type(value).__name__ == "datetime64" and type(value).__module__ == "numpy":
        return _datetime64(value, where)
    return f"a {type(value).__name__} is no point in time; datetimes, dates and datetime64 are"
