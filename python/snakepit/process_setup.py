"""What a worker process does to itself before any code of users runs in it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from . import exhaustion
from .kernel import PR_SET_PDEATHSIG, prctl

# The status page (src/pool/status-page.ts).
_SLOT_BYTES = 256
_NATIVE_BEAT = 2
# The host looks once a second.
_BEAT_MILLISECONDS = 100


def die_with(parent: int, number: signal.Signals) -> None:
    """Get this signal when the parent dies. It may have died before we asked."""
    prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(0)


def reseed() -> None:
    """Make every generator of numbers that a fork copied begin anew."""
    import random  # noqa: PLC0415

    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.default_generator.seed()


def load_beat(addon: str) -> ctypes._NamedFuncPointer | None:
    """Find the heartbeat in the addon; none where Python cannot load it (a sanitiser's build)."""
    try:
        # Lazily: what it wants of Node is not here, and is never called.
        return ctypes.CDLL(addon, mode=os.RTLD_LAZY).snakepit_beat
    except (OSError, AttributeError):
        return None


def beat(found: ctypes._NamedFuncPointer | None, status: int, slot: int) -> None:
    """Start the heartbeat that needs no GIL, in our slot of the status page."""
    if found is not None:
        offset = slot * _SLOT_BYTES + _NATIVE_BEAT * 8
        found(status, ctypes.c_uint64(offset), _BEAT_MILLISECONDS)


def prepare(parent: int, memory: int | None) -> None:
    """Set up a worker that has just begun."""
    die_with(parent, signal.SIGKILL)
    if memory is not None:
        exhaustion.limit(memory)
