"""Batches on the threads of the crew (src-native/crew.cc): a lane for each thread.

A batch that meets a coroutine leaves its thread for the loop, and comes back for its other steps.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Callable
from typing import Any

from . import ours
from .arguments import Failed
from .batches import Batch
from .data import SCALARS
from .dispatch import Dispatcher, describe_failure
from .objects import Objects
from .operations import iterate
from .shared_arrays import Shared
from .shared_objects import SharedObjects
from .turns import Turns
from .wire import FLAT, OPERATIONS, TAGS, WANTED

_FAILED, _GIVEN, _THROWN = TAGS["failed"], TAGS["given"], TAGS["thrown"]
_TAKEN = TAGS["taken"]
_REF = WANTED["ref"]


class Interrupted(KeyboardInterrupt):
    """Raised in a call that JavaScript wants to end."""


class LaneDispatcher(Dispatcher):
    """Stops where something has to be awaited."""

    # Objects of JavaScript's that go back as themselves.
    _taken: list[object]

    def __init__(self, objects: Objects, helpers: dict[str, str], turns: Turns) -> None:
        super().__init__(objects, helpers, turns)
        self._taken = []
        # Not as in a worker, which waits for each item itself.
        self._table[OPERATIONS["iter"]] = iterate

    def advance(self, batch: Batch) -> int:
        """Run steps; the index of a result to be awaited, or -1 at the end."""
        resolver = self._resolver
        results = resolver.results = batch.results
        resolver.given = batch.given
        steps = batch.steps
        while len(results) < len(steps):
            try:
                value = self._step(steps[len(results)], resolver)
            except Interrupted:
                raise
            except BaseException as error:  # noqa: BLE001 - of whoever wants the result
                value = failed_step(error)
            results.append(value)
            if awaited(type(value)) == _COROUTINE:
                return len(results) - 1
        returns = batch.returns
        for i in range(0, len(returns), 2):
            # A future that is wanted as an object stays one: it can be cancelled.
            if returns[i + 1] != _REF and awaited(type(results[returns[i]])):
                return returns[i]
        return -1

    def reply(self, batch: Batch) -> Reply:
        """What goes back at the end."""
        self.version = FLAT
        try:
            answers = self.answers(batch.results, batch.returns)
            reply = marshal.dumps(answers, self.version)
        except Exception as error:  # noqa: BLE001 - such as data that is too deep for marshal
            return failed(error, batch.returns)
        else:
            return (reply, self._taken) if self._taken else reply
        finally:
            self._resolver.results = []
            self._resolver.given = []
            self._taken = []

    def convert(self, value: Any, want: int) -> object:
        """See Dispatcher; what is JavaScript's goes back as itself."""
        if type(value) in ours.TYPES:
            return (..., _GIVEN, self._take(value))
        if type(value) is Shared:
            return (..., _TAKEN, self._take(value.array), value.dtype, value.reason)
        return super().convert(value, want)

    def _view(self, target: Any, _name: str | None, args: list[Any], _kwargs: object) -> Any:
        return Shared(target, in_order=bool(args))

    def _take(self, value: object) -> int:
        self._taken.append(value)
        return len(self._taken) - 1

    def _answer(self, value: Any, want: int) -> object:
        if type(value) is Failed and value.thrown is not None:
            return (..., _THROWN, self._take(value.thrown))
        return super()._answer(value, want)


# A reply, and what it names by number where it does.
Reply = bytes | tuple[bytes, list[object]]


def failed(error: BaseException, returns: list[int]) -> bytes:
    """All that was wanted failed with it."""
    one = (..., _FAILED, describe_failure(error))
    return marshal.dumps([one] * (len(returns) // 2), FLAT)


def failed_step(error: BaseException) -> Failed:
    """What stands for the result of a step that raised."""
    if type(error) is Failed:
        return error
    if type(error) in ours.TYPES:
        # JavaScript threw it: it comes out the same object.
        made = Failed({})
        made.thrown = error
        return made
    return Failed(describe_failure(error))


_COROUTINE, _FUTURE = 1, 2
# By type: what stands for a value that is still to come.
_awaited: dict[type, int] = dict.fromkeys(SCALARS, 0)


def awaited(kind: type) -> int:
    """Whether objects of a type are awaited, and how."""
    known = _awaited.get(kind)
    return _note(kind) if known is None else known


def _note(kind: type) -> int:
    from .loop import FUTURES, Coroutine  # noqa: PLC0415 - asyncio takes its time to load

    if len(_awaited) > 1000:
        _awaited.clear()
    found = (
        _COROUTINE if issubclass(kind, Coroutine) else _FUTURE if issubclass(kind, FUTURES) else 0
    )
    _awaited[kind] = found
    return found


# By the JS thread that the objects belong to.
_homes: dict[int, SharedObjects] = {}
# Batches that wait for the loop, or for a thread after it.
waiting: dict[int, Batch] = {}


class Lane:
    """What one thread runs batches with."""

    def __init__(self, settings: str) -> None:
        self._helpers: dict[str, str] = json.loads(settings)["helpers"]
        self._turns = Turns(-1, 0)
        self._dispatchers: dict[int, LaneDispatcher] = {}

    def __call__(self, home: int, number: int, body: bytes | None, given: Any) -> Reply | None:
        """Run a batch of a JS thread, or go on with one; None where the loop has it now."""
        if body is None:
            batch = waiting.pop(number, None)
            if batch is None or batch.stopped:
                return b""
        else:
            batch = Batch(home, number, given, *marshal.loads(body))
            if isinstance(given, BaseException):
                return failed(given, batch.returns)
        return self.run(batch)

    def run(self, batch: Batch) -> Reply | None:
        """Go on as far as it goes here."""
        dispatcher = self.dispatcher(batch.home)
        try:
            index = dispatcher.advance(batch)
        except Interrupted:
            # Python would warn of those that nobody awaits.
            for value in batch.results:
                if awaited(type(value)) == _COROUTINE:
                    value.close()
            raise
        if index >= 0:
            from .loop import LOOP  # noqa: PLC0415

            waiting[batch.number] = batch
            try:
                LOOP.wait_for(batch, index)
            except Interrupted:
                batch.stopped = True
                waiting.pop(batch.number, None)
                raise
            return None
        return dispatcher.reply(batch)

    def dispatcher(self, home: int) -> LaneDispatcher:
        """The one for the objects of a JS thread."""
        made = self._dispatchers.get(home)
        if made is None:
            objects = _homes.setdefault(home, SharedObjects())
            made = self._dispatchers[home] = LaneDispatcher(objects, self._helpers, self._turns)
        return made


def object_of(home: int, number: int) -> object:
    """Return an object of the face, for the synchronous one."""
    return _homes[home].get(number)


def stop(number: int) -> None:
    """End a batch that no thread runs now."""
    batch = waiting.get(number)
    if batch is not None:
        from .loop import LOOP  # noqa: PLC0415

        LOOP.stop(batch)


class _Crew:
    """What native code does for the loop."""

    finish: Callable[[int, Reply], None]
    resume: Callable[[int], None]
    spawn: Callable[[Callable[[], None]], None] | None = None
    settings = ""


CREW = _Crew()


def lane(
    settings: str,
    finish: Callable[[int, Reply], None],
    resume: Callable[[int], None],
    spawn: Callable[[Callable[[], None]], None],
) -> Lane:
    """Make what a thread that begins needs."""
    CREW.settings, CREW.finish, CREW.resume, CREW.spawn = settings, finish, resume, spawn
    return Lane(settings)
