"""What the host's tagged values stand for, put in place of them.

A container that holds one ends with an Ellipsis (a dict has it as a key), so that nothing else is
looked at; a container is changed in place, so that cycles stay.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any

from .dates import make
from .integers import BigInt
from .own_errors import ConversionError
from .wire import TAGS

if TYPE_CHECKING:
    from .granted import Granted
    from .objects import Objects
    from .parcels import Parcels

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# struct's codes for a memoryview, where NumPy is absent.
_FORMATS = {
    **{"bool": "?", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i"},
    **{"uint32": "I", "int64": "q", "uint64": "Q", "float32": "f", "float64": "d"},
}


def date(milliseconds: float) -> datetime:
    """A datetime in UTC that goes back to JavaScript as the Date that it was."""
    try:
        one = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        why = "Python's datetimes end at the years 1 and 9999"
        raise ConversionError(why) from None
    clock = one.hour, one.minute, one.second, one.microsecond
    return make(milliseconds, one.year, one.month, one.day, *clock)


def _writable(data: bytes | bytearray | memoryview) -> bytearray | memoryview:
    return bytearray(data) if isinstance(data, bytes) else data


def array(dtype: str, shape: list[int], data: bytes | bytearray | memoryview) -> object:
    """A writable ndarray over ``data``; a memoryview where NumPy cannot be imported."""
    own = _writable(data)
    try:
        numpy: Any = import_module("numpy")
    except ImportError:
        code = _FORMATS.get(dtype)
        if code is None or 0 in shape:
            why = f"an array of {dtype} needs NumPy, which this Python cannot import"
            raise ConversionError(why) from None
        view: Any = memoryview(own)
        return view.cast(code, shape)
    if dtype == "bfloat16":
        dtype = "uint16"  # NumPy has none
    if prod(shape) == 0:
        return numpy.empty(shape, dtype)
    return numpy.frombuffer(own, dtype).reshape(shape)


def module(name: str) -> object:
    """``name`` imported; the usual case is that it is there."""
    found = sys.modules.get(name)
    return import_module(name) if found is None else found


class Resolver:
    """Puts objects in the place of tagged values; ``results`` are those of the steps so far."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.results: list[Any] = []
        self.parcels: Parcels | None = None
        self.granted: Granted | None = None
        # Objects that came beside the message, in this process.
        self.given: list[Any] = []
        tags: dict[str, Callable[..., object]] = {
            "bigint": BigInt,
            "handle": objects.get,
            "step": self._step,
            "buffer": lambda data: memoryview(_writable(self._data(data))),
            "date": date,
            "array": lambda dtype, shape, data: array(dtype, shape, self._data(data)),
            "map": self._map,
            "set": self._set,
            "module": module,
            "given": lambda index: self.given[index],
            "shared": self._shared,
        }
        self._tags = {TAGS[name]: make for name, make in tags.items()}

    def _data(self, data: Any) -> bytes | bytearray | memoryview:
        """Bytes of the message, or those of a parcel beside it."""
        if type(data) is tuple:
            assert self.parcels is not None
            return self.parcels.read(data[2], data[3])
        found: bytes = data
        return found

    def _shared(self, *place: Any) -> object:
        """An array over memory of the host's."""
        assert self.granted is not None
        return self.granted.value(*place)

    def _step(self, index: int) -> object:
        value = self.results[index]
        if type(value) is Failed:
            raise value
        return value

    def value(self, value: object) -> Any:
        """``value`` with everything inside resolved."""
        kind = type(value)
        if kind is tuple:
            return self._tags[value[1]](*value[2:])  # type: ignore[index]
        if kind is list:
            return self.items(value)  # type: ignore[arg-type]
        if kind is dict:
            return self.named(value)  # type: ignore[arg-type]
        return value

    def items(self, items: list[Any]) -> list[Any]:
        """A list, in place."""
        if not items or items[-1] is not ...:
            return items
        items.pop()
        i = 0
        try:
            for i, item in enumerate(items):
                kind = type(item)
                if kind is tuple or kind is list or kind is dict:
                    items[i] = self.value(item)
        except ConversionError as error:
            raise error.below(f"[{i}]") from None
        return items

    def named(self, names: dict[Any, Any]) -> dict[Any, Any]:
        """A dict, in place."""
        if names.pop(..., 0) == 0:
            return names
        name = None
        try:
            for name, item in names.items():
                kind = type(item)
                if kind is tuple or kind is list or kind is dict:
                    names[name] = self.value(item)
        except ConversionError as error:
            raise error.below(f".{name}") from None
        return names

    def _map(self, items: list[Any]) -> dict[Any, Any]:
        self.items(items)
        made: dict[Any, Any] = {}
        for i in range(0, len(items), 2):
            key = items[i]
            _refuse_collision(made, key, i // 2)
            made[key] = items[i + 1]
        return made

    def _set(self, items: list[Any]) -> set[Any]:
        self.items(items)
        made: set[Any] = set()
        for i, member in enumerate(items):
            _refuse_collision(made, member, i)
            made.add(member)
        return made


class Failed(Exception):  # noqa: N818 - it is the result of a step, raised by who uses it
    """Stands for the result of a step that failed."""

    def __init__(self, record: dict[str, object]) -> None:
        super().__init__()
        self.record = record
        # The error of JavaScript's that it is, where it is one.
        self.thrown: BaseException | None = None


def _refuse_collision(made: dict[Any, Any] | set[Any], key: object, index: int) -> None:
    """1, True and 1.0 are one key to Python: which value would win is not for us to choose."""
    try:
        known = key in made
    except Exception as error:  # noqa: BLE001 - a key's own __hash__ and __eq__
        why = f"Python cannot hash this key or member ({type(error).__name__}: {error})"
        raise ConversionError(why, f"[{index}]") from None
    if known:
        why = f"two keys are the same to Python ({key!r}), and only one could stay"
        raise ConversionError(why, f"[{index}]")
