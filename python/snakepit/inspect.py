"""What inspectors ask: answered without touching an element, and without raising."""

from __future__ import annotations

from typing import Any, cast

_LIMIT = 120
# NumPy's own limit.
_AXES = 64
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
        "datetime.timezone",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        "pathlib.PosixPath",
        "pathlib._local.PosixPath",
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
    for kind in _SIZED:
        # The base's own count: a subclass may have code of its own for that.
        if isinstance(value, kind):
            return f" of {kind.__len__(cast('Any', value))}"
    found: list[str] = []
    shape = getattr(value, "shape", None)
    # Numbers are all that a shape has; anything else could be as large as the data.
    if isinstance(shape, tuple) and all(isinstance(n, int | float) for n in shape[:_AXES]):
        found.append(f" shape={tuple(shape[:_AXES])}")
    for attribute in ("dtype", "device"):
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
    if issubclass(kind, type):
        return f"<class {value.__module__}.{_name(value)}>"
    if name == "module":
        return f"<module {_name(value)}>"
    if callable(value) and hasattr(value, "__name__"):
        return f"<{name} {_name(value)}>"
    details = _details(value) if hasattr(kind, "__len__") else ""
    return f"<{name}{details}>" if module == "builtins" else f"<{module}.{name}{details}>"


def summary(value: object) -> str:
    """Type and outline, such as ``<numpy.ndarray shape=(3, 4) dtype=float64>``."""
    try:
        text = _summary(value)
    except BaseException:  # noqa: BLE001 - whatever an object's own code raises
        text = f"<{_own(type(value), '__module__')}.{_own(type(value), '__qualname__')}>"
    return text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…"


def _own(kind: type, key: str) -> Any:
    """What ``type`` itself says of a class: a metaclass may answer with code of its own."""
    return type.__dict__[key].__get__(kind)


def declares(value: object, name: str) -> bool:
    """Whether ``value`` or its type has ``name``, found without running code of either."""
    bases: list[type] = [*_own(type(value), "__mro__")]
    if issubclass(type(value), type):
        bases += _own(cast("type", value), "__mro__")
    return any(name in _own(base, "__dict__") for base in bases)


def help_text(subject: object) -> str:
    """What ``help(subject)`` shows; a text is the name of something, as it is there."""
    # Imported only here: it is large, and few programs ask.
    import pydoc  # noqa: PLC0415

    return pydoc.plain(pydoc.render_doc(subject, title="Help on %s:"))
