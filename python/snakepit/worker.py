"""A worker: reads batches, runs them one at a time on its main thread, answers."""

from __future__ import annotations

import faulthandler
import marshal
import os
import signal
import sys
from importlib import import_module
from typing import Any, NoReturn

from . import call, wire
from .capture import captured
from .dispatch import Dispatcher, describe_failure
from .objects import Objects
from .own_errors import TooLargeError
from .parcels import Parcels
from .shared import Shared
from .streams import Streams
from .turns import Turns
from .wire import TO_HOST, TO_WORKER

_HELLO, _RUN, _RELEASE, _CREDIT, _CLOSE, _SHUTDOWN, _SHARED = (
    TO_WORKER[name] for name in ("hello", "run", "release", "credit", "close", "shutdown", "shared")
)
_RESULT = TO_HOST["result"]


def _versions(names: list[str]) -> dict[str, str | None]:
    """Import what is to be there before the first call."""
    found: dict[str, str | None] = {}
    for name in names:
        version: object = getattr(import_module(name), "__version__", None)
        found[name] = version if type(version) is str else None
    return found


class Worker:
    """One connection to the host."""

    def __init__(
        self,
        requests: int,
        replies: int,
        turns: Turns,
        parcels: Parcels,
        shared: Shared,
    ) -> None:
        self._source = wire.Frames(requests)
        self._frames = iter(self._source)
        self._replies = replies
        self._turns = turns
        self._parcels = parcels
        self._shared = shared

    def serve(self) -> None:
        """Work until the host closes the channel."""
        signal.signal(signal.SIGINT, self._turns.on_interrupt)
        greeting = self._greet()
        if greeting is None:
            return
        settings, versions = greeting
        limit: int = settings["maxFrame"]
        self._source.limit = limit
        objects = Objects(settings["firstHandle"], settings["maxHandles"])
        dispatcher = Dispatcher(objects, settings["helpers"], self._turns)
        self._parcels.limit = settings.get("maxArray", self._parcels.limit)
        self._shared.limit = self._parcels.limit
        self._shared.own.install()
        dispatcher.use(self._parcels, self._shared)
        streams = Streams(dispatcher, self._turns, self._send)
        _rehearse(dispatcher)
        self._send("ready", versions)
        for kind, body in self._frames:
            if kind == _RUN:
                self._run(dispatcher, body, limit)
            elif kind == _RELEASE:
                for number in marshal.loads(body):
                    objects.release(number)
            elif kind == _SHARED:
                self._shared.hear(*marshal.loads(body))
            elif kind == _CREDIT:
                streams.give(*marshal.loads(body))
            elif kind == _CLOSE:
                streams.close(*marshal.loads(body))
            elif kind == _SHUTDOWN:
                return
            else:
                message = f"an unknown kind of message ({kind})"
                raise wire.FrameError(message)
            self._tell()

    def _greet(self) -> tuple[dict[str, Any], dict[str, str | None]] | None:
        """Answer the host's hello with ours, and import what is to be there.

        Gives the settings and the versions of what was imported; None where that cannot be.
        """
        kind, body = next(self._frames, (0, b""))
        if kind != _HELLO:
            return None
        protocol, settings = marshal.loads(body)
        version = sys.version_info
        python = f"{version[0]}.{version[1]}.{version[2]}"
        probe = marshal.dumps(wire.PROBE, wire.FLAT)
        self._send("hello", wire.PROTOCOL, os.getpid(), python, probe)
        if protocol != wire.PROTOCOL:
            return None
        os.environ.update(settings["env"])
        try:
            versions = _versions(settings["preload"])
        except BaseException as error:  # noqa: BLE001 - the host words it
            self._send("error", 0, describe_failure(error))
            return None
        return settings, versions

    def _send(self, kind: str, *fields: object) -> None:
        wire.send(self._replies, kind, fields)

    def _tell(self) -> None:
        """What of shared memory is not used any more."""
        news = self._shared.take_news()
        if news is not None:
            self._send("shared", *news)

    def _run(self, dispatcher: Dispatcher, body: bytes | memoryview, limit: int) -> None:
        number, context, steps, returns = marshal.loads(body)
        turns = self._turns
        self._parcels.begin()
        self._shared.own.install()
        kind = _RESULT
        try:
            try:
                turns.begin(number)
                if context is None:
                    values = dispatcher.run(steps, returns, None)
                else:
                    values = self._run_with(dispatcher, number, context, steps, returns)
                reply = marshal.dumps((number, values), dispatcher.version)
                if len(reply) >= limit:
                    raise _too_large(len(reply), limit)
            finally:
                # Whatever is done from here on is ours, and must not be interrupted.
                turns.running = 0
                self._shared.granted.end()
        except BaseException as error:  # noqa: BLE001 - goes to the host
            kind = TO_HOST["error"]
            reply = marshal.dumps((number, describe_failure(error)), wire.FLAT)
        # With the reply goes what it was the last to use.
        del steps, context
        news = self._shared.take_news()
        first = b"" if news is None else wire.frame("shared", news)
        wire.write(self._replies, kind, reply, first)
        self._shared.replied()
        turns.end()

    def _run_with(
        self,
        dispatcher: Dispatcher,
        number: int,
        context: dict[str, Any],
        steps: list[Any],
        returns: list[int],
    ) -> list[object]:
        self._parcels.places = context.pop("parcels", [])
        self._shared.granted.begin(context.pop("shared", []))
        self._shared.forbid = context.pop("forbid", False)
        call.given.update(context)
        try:
            session = context.get("session")
            if not context.get("capture"):
                return dispatcher.run(steps, returns, session)
            with captured(lambda stream, text: self._send("output", number, stream, text)):
                return dispatcher.run(steps, returns, session)
        finally:
            self._shared.forbid = False
            call.given.clear()


def _rehearse(dispatcher: Dispatcher) -> None:
    """Run a small call that nobody asked for.

    A forked worker's first call writes to hundreds of pages that it shares with the template, and
    each is copied then. Who waits behind a crash gets a worker that never had a call.
    """
    steps = [(wire.OPERATIONS["function"], "math", "sqrt", [2.25], None)]
    returns = [0, wire.WANTED["auto"]]
    body = marshal.dumps((0, None, steps, returns), wire.FLAT)
    for _ in range(2):
        _, _, steps, returns = marshal.loads(body)
        marshal.dumps((0, dispatcher.run(steps, returns, None)), dispatcher.version)


def _too_large(size: int, limit: int) -> TooLargeError:
    return TooLargeError(
        f"the result needs {size} bytes as a message, and {limit} are allowed. Take it in parts, "
        "or leave it here: as an object, without $toJS()"
    )


def main(
    settings: dict[str, Any],
    *,
    requests: int = 3,
    replies: int = 4,
    files: tuple[int, int, int, int, int] = (-1, -1, -1, -1, -1),
    library: Any = None,
) -> NoReturn:
    """Serve the host on these descriptors until it closes them; never returns.

    ``files`` are the status page, the file for faulthandler, the files for large data from the
    host and to it, and the socket for descriptors of shared memory. ``settings`` has ``slot``, the
    number of our slot on the page, and may have the descriptors of the files as ``status``,
    ``crash``, ``inbox``, ``outbox``, ``shared``. ``library`` is the addon, see own_memory.py.
    """
    names = ("status", "crash", "inbox", "outbox", "shared")
    status, crash, inbox, outbox, shared = (
        settings.get(name, descriptor) for name, descriptor in zip(names, files, strict=True)
    )
    for descriptor in (requests, replies, status, crash, inbox, outbox, shared):
        if descriptor >= 0:
            # What came by exec is inheritable, and a child of users must not hold the channel open.
            os.set_inheritable(descriptor, False)
    if crash >= 0:
        faulthandler.enable(file=crash, all_threads=True)
        faulthandler.register(signal.SIGUSR1, file=crash, all_threads=True)
    memory = Shared(shared, library)
    memory.own.limit = settings.get("memory") or 0
    turns = Turns(status, settings.get("slot", 0))
    code = 0
    try:
        Worker(requests, replies, turns, Parcels(inbox, outbox), memory).serve()
    except BrokenPipeError:
        code = 0  # the host is gone, or has given us up
    except wire.FrameError as error:
        sys.stderr.write(f"snakepit worker: {error}\n")
        code = 70
    sys.exit(code)
