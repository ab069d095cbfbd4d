"""A process that has Python and its libraries loaded, and forks workers on request.

It starts no thread, runs no numerical code and opens no file of users, so that a fork of it is as
good as a fresh process. It looks after what it forked: it says how each worker ended, ends what a
dead worker left running, and ends everything when the host is gone.

    python -I -X faulthandler=0 start_template.py \
        '{"preload": ["numpy"], "parent": 123, "addon": "…", "sandbox": {…}}'

Descriptor 3 is a socket to the host, with one JSON object a line. From the host
``{"fork": worker, "settings": …, "memory": …}`` with the descriptors 1 to 9 of the worker; to it
``{"ready": versions}``, ``{"forked": worker, "pid": …}`` and ``{"exited": pid, "status": …}`` (the
exit code, or minus the signal).
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import select
import signal
import socket
import time
import traceback
import warnings
from importlib import import_module
from typing import Any, NoReturn

from . import descendants, own_memory, process_setup, sandbox, scratch, worker
from .kernel import PR_SET_CHILD_SUBREAPER, prctl

_CONTROL = 3
_DESCRIPTORS = 9
# Above all that a worker uses.
_PARKED = 64
_END_LIMIT = 2.0


def _become_worker(
    descriptors: list[int], request: dict[str, Any], parent: int, folder: str | None
) -> NoReturn:
    """In the child: take leave of the template, and serve."""
    os.setsid()
    process_setup.prepare(parent, request.get("memory"))
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Out of the way first: what came may have a number that is needed.
    parked = [fcntl.fcntl(one, fcntl.F_DUPFD, _PARKED) for one in descriptors]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, descriptor in enumerate(parked, 1):
        os.dup2(descriptor, number, inheritable=number < _CONTROL)
    os.closerange(_DESCRIPTORS + 1, _PARKED + 64)
    process_setup.reseed()
    if _sandbox is not None:
        # Before the first thread, which it would not mean.
        sandbox.enter(_sandbox, folder)
    process_setup.beat(_beat, 5, request["settings"]["slot"])
    gc.enable()
    settings = {**request["settings"], "memory": request.get("memory")}
    worker.main(settings, requests=3, replies=4, files=(5, 6, 7, 8, 9), library=_library)


# Loaded once, before the first fork.
_beat: Any = None
_library: Any = None
# None: none is wanted.
_sandbox: sandbox.Settings | None = None


class Template:
    """The loop of the template process."""

    def __init__(self) -> None:
        self._control = socket.socket(fileno=_CONTROL)
        os.set_inheritable(_CONTROL, False)
        self._pid = os.getpid()
        self._workers: set[int] = set()
        locked = _sandbox is not None and sandbox.is_locked(_sandbox)
        self._folders = scratch.Folders(_fork_quietly) if locked else None
        self._text = b""
        self._descriptors: list[int] = []
        # A signal writes into a pipe, so that waiting for the host ends then too.
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._over = False
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _end(self, *_: object) -> None:
        self._over = True

    def say(self, **message: object) -> None:
        """Tell the host; a host that is gone is noticed where we read."""
        try:
            self._control.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self._over = True

    def serve(self) -> None:
        """Work until the host goes."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while not self._over:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._woken in ready:
                os.read(self._woken, 4096)
            self._reap()
            if _CONTROL in ready:
                self._listen()

    def _listen(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 65536, 16 * _DESCRIPTORS)
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._over = True
            return
        self._descriptors += descriptors
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            self._fork(json.loads(line))

    def _fork(self, request: dict[str, Any]) -> None:
        mine, self._descriptors = (
            self._descriptors[:_DESCRIPTORS],
            self._descriptors[_DESCRIPTORS:],
        )
        folder = None if self._folders is None else self._folders.make(str(request["fork"]))
        pid = _fork_quietly()
        if pid == 0:
            try:
                _become_worker(mine, request, self._pid, folder)
            except SystemExit:
                # As every Python ends: exit functions of users run.
                raise
            except BaseException:  # noqa: BLE001 - its last words
                traceback.print_exc()
                os._exit(70)
        for descriptor in mine:
            os.close(descriptor)
        self._workers.add(pid)
        if self._folders is not None and folder is not None:
            self._folders.give(pid, folder)
        self.say(forked=request["fork"], pid=pid)

    def _reap(self) -> None:
        """Say who ended, and end what they left behind."""
        ended = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self._workers:
                ended = True
                self._workers.discard(pid)
                descendants.kill_group(pid)
                self.say(exited=pid, status=os.waitstatus_to_exitcode(status))
            if self._folders is not None:
                self._folders.ended(pid)
        if ended:
            self._kill_orphans()

    def _kill_orphans(self) -> None:
        """End children that are no workers of ours: their own parents died."""
        for pid in descendants.children():
            if self._folders is not None and self._folders.is_removing(pid):
                continue
            if pid not in self._workers and descendants.session(pid) not in self._workers:
                descendants.kill(pid)

    def end_all(self) -> None:
        """End every worker and what it started, in bounded time."""
        # A worker that leaves comes by here on its way out.
        if os.getpid() != self._pid:
            return
        self._kill_all()
        if self._folders is not None:
            self._folders.close()

    def _kill_all(self) -> None:
        signal.set_wakeup_fd(-1)
        deadline = time.monotonic() + _END_LIMIT
        while time.monotonic() < deadline:
            for pid in descendants.children():
                descendants.kill_group(pid)
                descendants.kill(pid)
            try:
                while os.waitpid(-1, os.WNOHANG)[0] != 0:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.002)


def _fork_quietly() -> int:
    with warnings.catch_warnings():
        # Libraries' threads exist already; theirs is the care, and ours not to run any code of
        # theirs here.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _load(names: list[str]) -> dict[str, str | None]:
    versions: dict[str, str | None] = {}
    for name in names:
        try:
            version: object = getattr(import_module(name), "__version__", None)
        except ImportError:
            continue  # the workers that need it say so
        versions[name] = version if isinstance(version, str) else None
    return versions


def main(settings: dict[str, Any]) -> None:
    """Load, say so, and serve."""
    process_setup.die_with(settings["parent"], signal.SIGTERM)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    global _beat, _library, _sandbox  # noqa: PLW0603 - each worker starts with what the template has
    _beat = process_setup.load_beat(settings["addon"])
    _library = own_memory.load(settings["addon"])
    _sandbox = settings["sandbox"]
    template = Template()
    if _sandbox is not None:
        sandbox.guard(_sandbox, sandbox.processes(settings["parent"], os.getpid()))
    versions = _load(settings["preload"])
    # What is alive now lives for ever: pages of it are shared as long as nobody writes on them.
    gc.collect()
    gc.disable()
    gc.freeze()
    template.say(ready=versions)
    try:
        template.serve()
    finally:
        template.end_all()
