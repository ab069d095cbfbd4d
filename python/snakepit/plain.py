"""What objects that are data, but no builtin containers, are made of: for ``$toJS``."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Parts = tuple[str, object]
    Rule = Callable[[Any, bool], Parts | None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANO = 1_000_000_000
_DAY = 86_400 * _NANO

# By name: the modules are not imported for the question.
_BY_NAME: dict[tuple[str, str], Rule] = {}
_RULES: dict[type, Rule] = {}
_RULE_LIMIT = 1024


def _iso_duration(nanoseconds: int) -> str:
    """ISO 8601: P1DT2H3M4.5S; a negative one as a whole carries the sign."""
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    days, rest = divmod(rest, _DAY)
    hours, rest = divmod(rest, 3600 * _NANO)
    minutes, rest = divmod(rest, 60 * _NANO)
    seconds, rest = divmod(rest, _NANO)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    body = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{body or 'T0S'}"


def _is_nat(value: object) -> bool:
    """pandas' NaT is a datetime to isinstance, and equal to nothing."""
    return value != value  # noqa: PLR0124


def _datetime(value: Any, dates: bool) -> Parts:
    if _is_nat(value):
        return "refused", "NaT is no point in time; replace it with None first"
    if not dates:
        return "value", value.isoformat()
    if value.tzinfo is None:
        return "lossy", "a datetime without a time zone is no point in time"
    if value.microsecond % 1000 or getattr(value, "nanosecond", 0):
        return "lossy", "a Date has no microseconds"
    since = value - _EPOCH
    return "date", float((since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000)


def _day(value: date, dates: bool) -> Parts:
    return ("lossy", "a date is no point in time") if dates else ("value", value.isoformat())


def _clock(value: time, dates: bool) -> Parts:
    return ("lossy", "a time is no point in time") if dates else ("value", value.isoformat())


def _duration(value: timedelta, dates: bool) -> Parts:
    if dates:
        return "lossy", "a timedelta is no point in time"
    # pandas' Timedelta is one of these with nanoseconds.
    whole = (value.days * 86_400 + value.seconds) * _NANO + value.microseconds * 1000
    return "value", _iso_duration(whole + getattr(value, "nanoseconds", 0))


def _numpy_unit(value: Any) -> tuple[str, int]:
    numpy = sys.modules["numpy"]
    unit, count = numpy.datetime_data(value.dtype)
    return unit, count


def _datetime64(value: Any, dates: bool) -> Parts:
    if _is_nat(value):
        return "refused", "NaT is no point in time; replace it with None first"
    if dates:
        return "lossy", "a datetime64 has no time zone"
    return "value", str(value)


def _timedelta64(value: Any, dates: bool) -> Parts:
    if _is_nat(value):
        return "refused", "NaT is no duration; replace it with None first"
    if dates:
        return "lossy", "a timedelta64 is no point in time"
    unit, count = _numpy_unit(value)
    number = int(value.astype("int64")) * count
    if unit in {"Y", "M"}:
        return "value", f"{'-' if number < 0 else ''}P{abs(number)}{unit}"
    if unit in {"ps", "fs", "as", "generic"}:
        return "refused", f"a timedelta64 in unit {unit!r} has no ISO 8601 text"
    nanos = {"W": 7 * _DAY, "D": _DAY, "h": 3600 * _NANO, "m": 60 * _NANO, "s": _NANO}
    nanos |= {"ms": 1_000_000, "us": 1000, "ns": 1}
    return "value", _iso_duration(number * nanos[unit])


def _text(value: object, _: bool) -> Parts:
    return "value", str(value)


def _fields(value: Any, _: bool) -> Parts:
    return "dict", {name: getattr(value, name) for name in type(value).__dataclass_fields__}


def _named(value: Any, _: bool) -> Parts:
    return "dict", dict(zip(type(value)._fields, value, strict=False))


def _model(value: Any, _: bool) -> Parts:
    """Of pydantic: iterating gives the fields, and what was allowed beside them."""
    return "dict", dict(value)


_FORMATS = {"?": "bool", "b": "int8", "B": "uint8", "e": "float16", "f": "float32", "d": "float64"}
_FORMATS |= {"F": "complex64", "D": "complex128", "Zf": "complex64", "Zd": "complex128"}


def _memory(value: Any, _: bool) -> Parts:
    view = memoryview(value)
    code = view.format.removeprefix("@")
    dtype = _FORMATS.get(code)
    if dtype is None and code in set("hilqn"):
        dtype = f"int{view.itemsize * 8}"
    elif dtype is None and code in set("HILQN"):
        dtype = f"uint{view.itemsize * 8}"
    if dtype is None:
        return (
            "refused",
            f"memory of format {view.format!r} has no typed array; .tolist() has a list",
        )
    return "memory", (view.tobytes(), dtype, tuple(view.shape or ()))


_BY_NAME.update(
    {
        ("decimal", "Decimal"): _text,
        ("fractions", "Fraction"): _text,
        ("uuid", "UUID"): _text,
        ("pathlib", "PurePath"): _text,
        ("pathlib._local", "PurePath"): _text,  # 3.13
        ("numpy", "datetime64"): _datetime64,
        ("numpy", "timedelta64"): _timedelta64,
        ("pydantic.main", "BaseModel"): _model,
        ("array", "array"): _memory,
    },
)
_BY_BASE: tuple[tuple[type, Rule], ...] = (
    (datetime, _datetime),
    (date, _day),
    (time, _clock),
    (timedelta, _duration),
    # Subclasses: what they say as their builtin.
    (int, lambda value, _: ("value", int.__index__(value))),
    (float, lambda value, _: ("value", float.__float__(value))),
    (str, lambda value, _: ("value", str.__str__(value)[:])),
    (bytes, lambda value, _: ("value", bytes.__getitem__(value, slice(None)))),
    (bytearray, _memory),
    (memoryview, _memory),
    (dict, lambda value, _: ("dict", dict(value))),
    (list, lambda value, _: ("list", list(value))),
    (tuple, lambda value, _: ("list", list(value))),
    (set, lambda value, _: ("set", set(value))),
    (frozenset, lambda value, _: ("set", set(value))),
    (range, lambda value, _: ("list", list(value))),
)


def _nothing(_: object, __: bool) -> None:
    return None


def _rule_of(kind: type) -> Rule:
    enum = sys.modules.get("enum")
    if enum is not None and issubclass(kind, enum.Enum):
        return lambda value, _: ("value", value.value)
    for base in kind.__mro__:
        # A class may be without a module, or say something else there.
        module = getattr(base, "__module__", None)
        rule = _BY_NAME.get((module, base.__qualname__)) if isinstance(module, str) else None
        if rule is not None:
            return rule
    if issubclass(kind, type):
        return _nothing
    if isinstance(getattr(kind, "__dataclass_fields__", None), dict):
        return _fields
    if issubclass(kind, tuple) and isinstance(getattr(kind, "_fields", None), tuple):
        return _named
    return next((rule for base, rule in _BY_BASE if issubclass(kind, base)), _nothing)


def take_apart(value: object, dates: bool) -> Parts | None:
    """What ``value`` is made of, as a kind and a part; None where it is no data."""
    kind = type(value)
    rule = _RULES.get(kind)
    if rule is None:
        if len(_RULES) >= _RULE_LIMIT:
            _RULES.clear()
        rule = _RULES[kind] = _rule_of(kind)
    return rule(value, dates)
