"""What an array says of itself: shape, dtype, device; never an element, by no code of users."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

# Past whatever a class of users puts in their way: __getattribute__, properties, metaclasses.
_MRO = type.__dict__["__mro__"].__get__
_DICT = type.__dict__["__dict__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__

# By the first part of a class's module. Their own descriptors are what is asked, so a subclass of
# users is read by the class of the library that it comes from.
LIBRARIES = frozenset(
    (
        *("cudf", "cupy", "dask", "jax", "jaxlib", "mlx", "numpy", "pandas", "polars", "pyarrow"),
        *("scipy", "sklearn", "tensorflow", "torch", "xarray"),
    )
)
# One of these makes an array of what has a shape or a length: numpy.dtype has a shape, too.
_MARKS = ("__array__", "__arrow_c_array__", "__arrow_c_stream__", "__dlpack__", "toarray")
_FIELDS = ("shape", "dtype", "dtypes", "type", "device", "__len__")
# Whose `device` says nothing: there is but one.
_HOST_ONLY = frozenset(["numpy", "pandas", "polars", "pyarrow", "scipy"])
_AXES = 64
_COLUMNS = 100
_TEXT_LIMIT = 60
_CACHE_LIMIT = 4096

Getter = Callable[[object], Any]
Fields = dict[str, object]


class _Reader:
    """The descriptors of one type of arrays."""

    def __init__(self, kind: type, getters: dict[str, Getter], library: str) -> None:
        self.type = qualified(kind)
        self._getters = getters
        self._library = library

    def _get(self, name: str, value: object) -> Any:
        getter = self._getters.get(name)
        return None if getter is None else getter(value)

    def _shape(self, value: object) -> list[int] | None:
        if "shape" in self._getters:
            return [int(size) for size in self._get("shape", value)][:_AXES]
        return [int(self._get("__len__", value))] if "__len__" in self._getters else None

    def _dtype(self, value: object) -> str | None:
        if self._library == "pyarrow":
            return _dtype_text(self._get("type", value))
        if "dtype" in self._getters:
            return _dtype_text(self._get("dtype", value))
        if self._library != "pandas" or self._get("shape", value)[1] > _COLUMNS:
            return None
        texts = {_dtype_text(one) for one in self._get("dtypes", value)}
        # Columns of several types have no one dtype.
        return texts.pop() if len(texts) == 1 else None

    def _device(self, value: object) -> str | None:
        device = None if self._library in _HOST_ONLY else self._get("device", value)
        if device is None:
            return None
        number = getattr(device, "id", None)
        if self._library == "cupy" and isinstance(number, int):
            return f"cuda:{number}"
        return str(device)[:_TEXT_LIMIT]

    def describe(self, value: object, letter: str) -> Fields:
        """Its fields under their names in a context: ``shape_a``, ``dtype_a``, …"""
        made: Fields = {}
        for name, read in (
            ("shape", self._shape),
            ("dtype", self._dtype),
            ("device", self._device),
        ):
            try:
                found = read(value)
            except Exception:  # noqa: BLE001 - a second error must not hide the first
                continue
            if found is not None:
                made[f"{name}_{letter}"] = found
        made[f"type_{letter}"] = self.type
        return made


@lru_cache(maxsize=256)
def _dtype_text(dtype: Any) -> str | None:
    if dtype is None:
        return None
    # The names of fields are the user's data.
    if getattr(dtype, "names", None):
        return str(dtype.name)[:_TEXT_LIMIT]
    text = str(dtype)
    # So are those of Arrow's structs: struct<name: string>; NumPy's <U4 has none.
    text = text.partition("<")[0] or text
    return text.removeprefix("torch.")[:_TEXT_LIMIT]


def qualified(kind: type) -> str:
    """The name of a class with its module."""
    module = _MODULE(kind)
    return f"{module if type(module) is str else '?'}.{_QUALNAME(kind)}"


def library_of(module: object) -> str | None:
    """Which of the libraries a module's name belongs to."""
    root = module.partition(".")[0] if type(module) is str else ""
    return root if root in LIBRARIES else None


def any_loaded() -> bool:
    """Whether any of the libraries was imported by now."""
    modules = sys.modules
    return any(name in modules for name in LIBRARIES)


# By identity, for a metaclass of users may have a hash of its own; the type is kept.
_cache: dict[int, tuple[type, _Reader | None]] = {}


def _reader(kind: type) -> _Reader | None:
    getters: dict[str, Getter] = {}
    marked = False
    library = ""
    for base in _MRO(kind):
        found = library_of(_MODULE(base))
        if found is None:
            continue
        library = library or found
        if found == "numpy" and _QUALNAME(base) == "generic":
            return None
        own = _DICT(base)
        marked = marked or any(mark in own for mark in _MARKS)
        for name in _FIELDS:
            getter = getattr(type(own.get(name)), "__get__", None)
            if name not in getters and getter is not None:
                getters[name] = _bound(own[name], name)
    if not marked or not ("shape" in getters or "__len__" in getters):
        return None
    return _Reader(kind, getters, library)


def _bound(descriptor: Any, name: str) -> Getter:
    if name == "__len__":
        return descriptor  # type: ignore[no-any-return]
    return lambda value: descriptor.__get__(value, type(value))


def reader_of(kind: type) -> _Reader | None:
    """What reads arrays of a type; None where its objects are none. Computed once a type."""
    known = _cache.get(id(kind))
    if known is not None:
        return known[1]
    try:
        made = _reader(kind)
    except Exception:  # noqa: BLE001 - whatever a metaclass raises
        made = None
    if len(_cache) >= _CACHE_LIMIT:
        _cache.clear()
    _cache[id(kind)] = kind, made
    return made


def is_array(kind: type) -> bool:
    """Whether objects of a type are arrays of a library that we know."""
    return reader_of(kind) is not None
