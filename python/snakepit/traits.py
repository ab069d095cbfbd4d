"""What a type can do, as bits: the twin of src/in-process/capabilities.ts."""

from __future__ import annotations

from types import ModuleType

CALLABLE = 1
TYPE = 2
SEQUENCE = 4
ARRAY_LIKE = 8
AWAITABLE = 16
MAPPING = 32
ITERABLE = 64
ITERATOR = 128
EXCEPTION = 256
MODULE = 512

# Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING: what collections.abc and `match` go by.
_TPFLAGS_SEQUENCE = 1 << 5
_TPFLAGS_MAPPING = 1 << 6
_CACHE_LIMIT = 4096

Traits = tuple[int, str, bool]
_cache: dict[type, Traits] = {}


def _item_flags(kind: type) -> int:
    bits = kind.__flags__
    flags = MAPPING if bits & _TPFLAGS_MAPPING or issubclass(kind, dict) else 0
    if issubclass(kind, type):
        return flags
    items = hasattr(kind, "__getitem__") and hasattr(kind, "__len__")
    if items and (hasattr(kind, "__array_interface__") or hasattr(kind, "__dlpack__")):
        flags |= ARRAY_LIKE | SEQUENCE
    if bits & _TPFLAGS_SEQUENCE or issubclass(kind, list | tuple | bytes | str | bytearray):
        flags |= SEQUENCE
    return flags


def _traits(value: object, kind: type) -> Traits:
    flags = _item_flags(kind)
    for flag, has in (
        (CALLABLE, callable(value)),
        (TYPE, issubclass(kind, type)),
        (EXCEPTION, issubclass(kind, BaseException)),
        (MODULE, kind is ModuleType),
        (ITERATOR, hasattr(kind, "__next__")),
        (AWAITABLE, hasattr(kind, "__await__")),
        (ITERABLE, hasattr(kind, "__iter__") or flags & SEQUENCE),
    ):
        if has:
            flags |= flag
    module, name = kind.__module__, kind.__qualname__
    full = name if module == "builtins" else f"{module}.{name}"
    return flags, full, hasattr(kind, "nbytes")


def flags_of(value: object) -> Traits:
    """Return the bits, the qualified name and whether there is ``nbytes``, computed once a type."""
    kind = type(value)
    known = _cache.get(kind)
    if known is None:
        if len(_cache) >= _CACHE_LIMIT:
            _cache.clear()
        known = _cache[kind] = _traits(value, kind)
    return known
