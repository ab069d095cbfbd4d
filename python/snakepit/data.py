"""Plain data for JavaScript, as ``$toJS`` gives it, made of what marshal writes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import plain
from .integers import BigInt
from .own_errors import ConversionError, DateError, DtypeError
from .wire import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable

NoneType = type(None)
# What marshal writes as it is.
SCALARS = frozenset({NoneType, bool, int, float, str, bytes})
_DEPTH_LIMIT = 400
_DTYPES = frozenset(
    {
        *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
        *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
    }
)

_BIGINT, _DATE, _ARRAY, _MAP, _SET = (
    TAGS[name] for name in ("bigint", "date", "array", "map", "set")
)


def is_array(value: object) -> bool:
    """Whether ``value`` is an ndarray; NumPy is not imported for the question."""
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, getattr(numpy, "ndarray", ()))


def scalar(value: object) -> object:
    """A NumPy number or bool as Python's own; every other object as it is."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, getattr(numpy, "generic", ())):
        return value
    if isinstance(value, numpy.number | numpy.bool_):
        item = value.item()
        if type(item) in SCALARS:
            return item
    return value


def dtype_name(array: Any) -> str:
    """An ndarray's dtype as JavaScript spells it; a DtypeError where no array class holds it."""
    dtype = array.dtype
    name = str(dtype.name)
    if (dtype.kind not in "Mm" and name not in _DTYPES) or not dtype.isnative:
        raise DtypeError(str(dtype))
    return name


def memory(array: Any, put: Callable[[Any], Any] | None = None) -> tuple[str, list[int], object]:
    """Dtype, shape and bytes of an ndarray, in C order; ``put`` lays large bytes down elsewhere."""
    numpy: Any = sys.modules["numpy"]
    name = dtype_name(array)
    flat = numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8)
    return name, list(array.shape), flat if put is None else put(flat)


class Plain:
    """One conversion. Sharing and cycles are kept: a container is made before its members."""

    def __init__(
        self,
        depth: int | None = None,
        fallback: str = "throw",
        dates: str = "iso",
        *,
        keep: Callable[[object], object],
        put: Callable[[Any], Any] | None = None,
    ) -> None:
        self._depth = sys.maxsize if depth is None else depth
        self._proxies = fallback == "proxy"
        self._dates = dates == "date"
        self._keep = keep
        self._put = put
        self._made: dict[int, object] = {}
        # What is taken apart dies here, and its address could be another's.
        self._held: list[object] = []
        self._path: list[str] = []
        self._builders: dict[type, Callable[[Any, object], object]] = {
            list: self._sequence,
            tuple: self._sequence,
            dict: self._dict,
            set: self._set,
            frozenset: self._set,
            BigInt: lambda value, _: (..., _BIGINT, int(value)),
        }

    def convert(self, value: object) -> Any:
        """Return ``value`` as data."""
        kind = type(value)
        if kind in SCALARS:
            return value
        known = self._made.get(id(value))
        if known is not None:
            return known
        build = self._builders.get(kind)
        return self._other(value) if build is None else build(value, value)

    def _other(self, value: object) -> object:
        number = scalar(value)
        if type(number) in SCALARS:
            return number
        if is_array(value):
            return self._too_deep(value) or self._array(value)
        parts = plain.take_apart(value, self._dates)
        if parts is not None:
            self._held.append(parts)
            return self._made_of(value, *parts)
        if self._proxies:
            return self._keep(value)
        name = type(value).__qualname__
        raise self._refuse(
            f"an object of type {name} is no plain data; {{ fallback: 'proxy' }} keeps it as it is"
        )

    def _made_of(self, value: object, what: str, parts: Any) -> object:
        if what == "date":
            return (..., _DATE, parts)
        if what == "lossy":
            where = f"{self._where()}: {parts}"
            message = f"{where}; ask for dates: 'iso', or for the object itself"
            raise DateError(message)
        if what == "value":
            return self.convert(parts)
        return self._sequence(parts, value) if what == "sequence" else self._dict(parts, value)

    def _too_deep(self, value: object) -> object:
        if len(self._path) >= self._depth:
            return self._keep(value)
        if len(self._path) >= _DEPTH_LIMIT:
            raise self._refuse(f"data nested deeper than {_DEPTH_LIMIT} levels")
        return None

    def _remember(self, value: object, made: object) -> None:
        self._held.append(value)
        self._made[id(value)] = made

    def _sequence(self, items: list[object] | tuple[object, ...], identity: object) -> object:
        deep = self._too_deep(identity)
        if deep is not None:
            return deep
        made: list[object] = []
        self._remember(identity, made)
        if SCALARS.issuperset(map(type, items)):
            made.extend(items)
            return made
        self._path.append("")
        for i, item in enumerate(list(items)):
            self._path[-1] = f"[{i}]"
            made.append(self.convert(item))
        self._path.pop()
        return made

    def _dict(self, names: dict[object, object], identity: object) -> object:
        deep = self._too_deep(identity)
        if deep is not None:
            return deep
        if any(type(key) is not str for key in names):
            return self._map(names, identity)
        made: dict[object, object] = {}
        self._remember(identity, made)
        if SCALARS.issuperset(map(type, names.values())):
            made.update(names)
            return made
        self._path.append("")
        for name, item in list(names.items()):
            self._path[-1] = f".{name}"
            made[name] = self.convert(item)
        self._path.pop()
        return made

    def _map(self, names: dict[object, object], identity: object) -> object:
        made: list[object] = []
        tagged = (..., _MAP, made)
        self._remember(identity, tagged)
        self._refuse_nans(names, "a dict with keys that a Map takes for the same")
        self._path.append("")
        for key, item in list(names.items()):
            self._path[-1] = ".keys()"
            made.append(self.convert(key))
            self._path[-1] = f"[{key!r}]" if type(key) in SCALARS else "[…]"
            made.append(self.convert(item))
        self._path.pop()
        return tagged

    def _set(self, members: set[object] | frozenset[object], identity: object) -> object:
        deep = self._too_deep(identity)
        if deep is not None:
            return deep
        made: list[object] = []
        tagged = (..., _SET, made)
        self._remember(identity, tagged)
        self._refuse_nans(members, "a set with members that JavaScript takes for the same")
        self._path.append("{…}")
        made.extend(self.convert(member) for member in list(members))
        self._path.pop()
        return tagged

    def _refuse_nans(
        self, keys: dict[object, object] | set[object] | frozenset[object], why: str
    ) -> None:
        """NaNs are many keys to Python and one to JavaScript."""
        if sum(isinstance(key, float) and key != key for key in keys) > 1:  # noqa: PLR0124
            raise self._refuse(why)

    def _array(self, value: object) -> object:
        try:
            tagged = (..., _ARRAY, *memory(value, self._put))
        except DtypeError as error:
            raise self._refuse(str(error)) from None
        self._remember(value, tagged)
        return tagged

    def _refuse(self, why: str) -> ConversionError:
        path = self._where()
        return ConversionError(why, path)

    def _where(self) -> str:
        return "value" + "".join(self._path)
