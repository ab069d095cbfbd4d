"""Runs batches: steps in order, what they are about looked up, their results converted."""

from __future__ import annotations

from types import CoroutineType
from typing import TYPE_CHECKING, Any

from .arguments import Failed, Resolver
from .bunches import Items, Parts, Waited
from .data import SCALARS, Plain, dtype_name, is_array, memory, scalar
from .dates import Date
from .integers import BigInt
from .operations import Answer, Missing, Operation, operations
from .own_errors import ConversionError, OwnError
from .records import Record, failure, own
from .wire import FLAT, OPERATIONS, SHARING, TAGS, WANTED

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

    from .objects import Objects
    from .parcels import Parcels
    from .shared import Shared
    from .turns import Turns

_REF, _VALUE = WANTED["ref"], WANTED["value"]
_BIGINT, _BUFFER, _DATE, _HANDLE, _UNDEFINED, _TENSOR, _FAILED = (
    TAGS[name] for name in ("bigint", "buffer", "date", "handle", "undefined", "tensor", "failed")
)
_SHARED = TAGS["shared"]

Step = tuple[int, Any, str | None, list[Any] | None, dict[str, Any] | None]


def describe_failure(error: BaseException) -> Record:
    """The record of a Failure for whatever was raised: an exception of users or one of our own."""
    if type(error) is Failed:
        return error.record
    # By its type: isinstance would ask a property of the exception's own.
    if not issubclass(type(error), OwnError):
        return failure(error)
    assert isinstance(error, OwnError)
    where = f"{error.path}: " if isinstance(error, ConversionError) and error.path else ""
    return own(error.code, where + error.message, error.path)


class Dispatcher:
    """A worker's objects, and what it does with them."""

    def __init__(self, objects: Objects, helpers: dict[str, str], turns: Turns) -> None:
        self.objects = objects
        self._turns = turns
        self._resolver = Resolver(objects)
        # What the reply's marshal must be: data may hold a container twice.
        self.version = FLAT
        self.open_stream: Callable[[Any], int] = len
        # Lays large bytes down beside the reply.
        self.put: Callable[[Any], Any] | None = None
        # Shows arrays of ours to the host in place.
        self._shared: Shared | None = None
        self._session: str | None = None
        self._loop: AbstractEventLoop | None = None
        self._table: list[Operation | None] = operations(helpers)
        own_operations: dict[str, Any] = {
            "to_js": self._to_js,
            "iter": self._iter,
            "view": self._view,
            "release": self._release,
            "stream": self._stream,
            "again": self._again,
        }
        for name, run in own_operations.items():
            self._table[OPERATIONS[name]] = run
        self._special: dict[type, Callable[[Any, int], object]] = {
            Answer: self._answered,
            BigInt: lambda value, want: self._own(value, (..., _BIGINT, int(value)), want),
            Date: lambda value, want: self._own(value, (..., _DATE, value.milliseconds), want),
            Missing: lambda _value, _want: (..., _UNDEFINED),
            Parts: lambda parts, want: {
                name: self.convert(value, want) for name, value in parts.items()
            },
            Items: lambda items, want: [self.convert(item, want) for item in items],
            CoroutineType: lambda value, want: self.convert(self._await(value), want),
        }
        # Types whose objects are certainly no values of JavaScript.
        self._kept: set[type] = set()

    def run(self, steps: list[Step], returns: list[int], session: str | None) -> list[object]:
        """Give what goes back for ``returns``: index and want, index and want, …"""
        self._session = session
        self.version = FLAT
        # One for all batches: to make it costs as much as a small call.
        resolver = self._resolver
        results: list[Any] = []
        resolver.results = results
        for step in steps:
            try:
                results.append(self._step(step, resolver))
            except BaseException as error:
                if self._turns.interrupted:
                    raise
                made = error if type(error) is Failed else Failed(describe_failure(error))
                results.append(made)
        answers = self.answers(results, returns)
        # What was not kept goes now, not with the next batch.
        resolver.results = []
        return answers

    def answers(self, results: list[Any], returns: list[int]) -> list[object]:
        """What goes back: index and want, index and want, …"""
        return [
            self._answer(results[returns[i]], returns[i + 1]) for i in range(0, len(returns), 2)
        ]

    def _step(self, step: Step, resolver: Resolver) -> Any:
        op, target, name, args, kwargs = step
        kind = type(target)
        if kind is int:
            if target >= 0:
                target = self.objects.get(target)
            else:
                target = resolver.results[-1 - target]
                if type(target) is Failed:
                    raise target
        elif kind is list:
            target = _under("target", resolver.items, target)[0]
        if args is None:
            args = []
        elif args[-1] is ...:
            args = _under("args", resolver.items, args)
        if kwargs is None:
            kwargs = {}
        elif ... in kwargs:  # type: ignore[comparison-overlap]
            kwargs = _under("kwargs", resolver.named, kwargs)
        run = self._table[op]
        assert run is not None
        return run(target, name, args, kwargs)

    def _answer(self, value: Any, want: int) -> object:
        if type(value) is Failed:
            return (..., _FAILED, value.record)
        try:
            return self.convert(value, want)
        except BaseException as error:
            if self._turns.interrupted:
                raise
            return (..., _FAILED, describe_failure(error))

    def convert(self, value: Any, want: int) -> object:
        """Return ``value`` as the host wants it."""
        kind = type(value)
        if kind in SCALARS and want != _REF:
            return value if kind is not bytes else self._bytes(value)
        special = self._special.get(kind)
        if special is not None:
            return special(value, want)
        if want == _REF:
            return self.keep(value)
        if want == _VALUE:
            self.version = SHARING
            return Plain(keep=self.keep, put=self.put).convert(value)
        return self._auto(value, kind)

    def _bytes(self, value: bytes) -> object:
        laid = value if self.put is None else self.put(value)
        return laid if laid is value else (..., _BUFFER, laid)

    def use(self, parcels: Parcels, shared: Shared) -> None:
        """Take and give large data beside the messages."""
        self._resolver.parcels = parcels
        self.put = parcels.put
        self._resolver.granted = shared.granted
        self._shared = shared

    def _own(self, value: object, tagged: object, want: int) -> object:
        return self.keep(value) if want == _REF else tagged

    def _answered(self, answer: Answer, _want: int) -> object:
        self.version = SHARING
        return answer.tree

    def _auto(self, value: object, kind: type) -> object:
        if kind in self._kept:
            return self.keep(value)
        number = scalar(value)
        if type(number) in SCALARS:
            return number
        if len(self._kept) > 1000:
            self._kept.clear()
        self._kept.add(kind)
        return self.keep(value)

    def keep(self, value: object) -> tuple[object, ...]:
        """``value`` stays here, and goes as a handle."""
        return (..., _HANDLE, *self.objects.keep(value, self._session))

    def _await(self, awaitable: Any) -> object:
        """Run a coroutine that a call returned to its end, on one loop for all."""
        import asyncio  # noqa: PLC0415 - most workers never meet a coroutine

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(awaitable)

    def _to_js(
        self,
        target: Any,
        _name: str | None,
        _args: object,
        kwargs: dict[str, Any],
    ) -> Answer:
        options = {name: value for name, value in kwargs.items() if value is not None}
        return Answer(Plain(keep=self.keep, put=self.put, **options).convert(target))

    def _view(self, target: Any, _name: str | None, args: list[Any], _kwargs: object) -> Any:
        if not is_array(target):
            import numpy  # noqa: PLC0415 - a worker without arrays does without

            target = numpy.asarray(target)
        if self._shared is not None:
            shown = self._shared.show(target, dtype_name(target), gaps=not (args and args[0]))
            if shown is not None:
                return Answer((..., _SHARED, *shown))
        return Answer((..., _TENSOR, *memory(target, self.put)))

    def _iter(self, target: Any, _name: object, _args: object, _kwargs: object) -> object:
        kind = type(target)
        if hasattr(kind, "__aiter__") and not hasattr(kind, "__iter__"):
            return Waited(target, self._await)
        return iter(target)

    def _again(self, *step: Any) -> object:
        from .fallback import again  # noqa: PLC0415 - few calls have one

        return again(self._table, *step)

    def _release(self, target: Any, _name: object, args: list[Any], _kwargs: object) -> None:
        for number in args:
            self.objects.release(number)

    def _stream(self, target: Any, _name: object, _args: object, _kwargs: object) -> int:
        return self.open_stream(target)


def _under(name: str, resolve: Callable[[Any], Any], value: Any) -> Any:
    try:
        return resolve(value)
    except ConversionError as error:
        raise error.below(name) from None
