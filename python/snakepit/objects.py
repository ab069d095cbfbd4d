"""Objects that stay in a worker because JavaScript has no value for them, by number."""

from __future__ import annotations

from collections.abc import Callable

from .own_errors import ReleasedError, TooManyObjectsError
from .traits import flags_of

Handle = tuple[int, int, str, int]


class Objects:
    """A table of objects, each with how often the host was told of it.

    The same object has one number in one session. Each time it is sent the host owns one count
    more, because it may give one back while the next is on its way.
    """

    def __init__(self, first: int, limit: int) -> None:
        self._next = first
        self._limit = limit
        self._objects: dict[int, object] = {}
        self._counts: dict[int, int] = {}
        self._numbers: dict[object, int] = {}
        self._keys: dict[int, object] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, number: int) -> object:
        """Return the object with this number."""
        try:
            return self._objects[number]
        except KeyError:
            message = f"object {number} was released, or never was in this worker"
            raise ReleasedError(message) from None

    def keep(self, value: object, session: str | None) -> Handle:
        """Return number, flags, type and bytes; the host owns one count more."""
        key: object = id(value) if session is None else (session, id(value))
        number = self._numbers.get(key)
        if number is None:
            number = self._add(key, value)
        else:
            self._counts[number] += 1
        flags, name, sized = flags_of(value)
        return number, flags, name, _bytes(value) if sized else 0

    def _add(self, key: object, value: object) -> int:
        if len(self._objects) >= self._limit:
            message = (
                f"this worker holds {self._limit} objects already (maxHandles). "
                "Dispose of remote objects, or take their data with $toJS()"
            )
            raise TooManyObjectsError(message)
        number = self._next
        self._next += 1
        self._objects[number] = value
        self._counts[number] = 1
        self._numbers[key] = number
        self._keys[number] = key
        return number

    def release(self, number: int, drop: Callable[[object], object] | None = None) -> None:
        """Take one count back; the last one lets the object go."""
        count = self._counts.get(number)
        if count is None:
            return
        if count > 1:
            self._counts[number] = count - 1
            return
        del self._counts[number]
        del self._numbers[self._keys.pop(number)]
        value = self._objects.pop(number)
        if drop is not None:
            drop(value)


def _bytes(value: object) -> int:
    try:
        size = getattr(value, "nbytes", 0)
    except Exception:  # noqa: BLE001 - whatever an object's own code raises
        return 0
    return size if type(size) is int and 0 <= size < 2**53 else 0
