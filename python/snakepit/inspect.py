"""One line about an object for people, without touching its elements and without raising."""

from __future__ import annotations

_LIMIT = 120
# Their repr is short, and runs no code of users.
_BY_REPR = frozenset(
    {
        "builtins.complex",
        "builtins.float",
        "builtins.int",
        "builtins.range",
        "builtins.slice",
        "builtins.ellipsis",
        "datetime.date",
        "datetime.datetime",
        "datetime.time",
        "datetime.timedelta",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        "pathlib.PosixPath",
    }
)
_SIZED = (list, tuple, dict, set, frozenset, bytearray, bytes)


def _name(value: object) -> str:
    for attribute in ("__qualname__", "__name__"):
        name = getattr(value, attribute, None)
        if isinstance(name, str):
            return name
    return "?"


def _details(value: object) -> str:
    if isinstance(value, _SIZED):
        return f" of {len(value)}"
    found: list[str] = []
    for attribute in ("shape", "dtype", "device"):
        one = getattr(value, attribute, None)
        if one is not None and not callable(one) and str(one) != "cpu":
            found.append(f" {attribute}={one}")
    return "".join(found)


def _summary(value: object) -> str:
    kind = type(value)
    name = kind.__qualname__
    module = kind.__module__
    if f"{module}.{name}" in _BY_REPR:
        return repr(value)
    if isinstance(value, type):
        return f"<class {value.__module__}.{value.__qualname__}>"
    if name == "module":
        return f"<module {_name(value)}>"
    if callable(value) and hasattr(value, "__name__"):
        return f"<{name} {_name(value)}>"
    if module == "builtins":
        return f"<{name}{_details(value)}>"
    details = _details(value) if hasattr(kind, "__len__") else ""
    return f"<{module}.{name}{details}>"


def summary(value: object) -> str:
    """Type and outline, such as ``<numpy.ndarray shape=(3, 4) dtype=float64>``."""
    try:
        text = _summary(value)
    except Exception:  # noqa: BLE001 - whatever an object's own code raises
        text = "<Python object>"
    return text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…"
