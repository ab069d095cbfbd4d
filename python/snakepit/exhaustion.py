"""A worker that has used its memory up ends, so that another can start with all of it.

A request that could never be met (`numpy.zeros(10**13)`) is a MemoryError like any other, and
leaves a healthy worker. When one fails while most of the memory is taken, the next calls would fail
too.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys

from . import records

# What is left for last words, and for nothing else.
_RESERVE = 32 * 2**20
_FULL = 0.5
# Of the numbers of /proc/self/statm: pages shared with others, and what RLIMIT_DATA counts.
_SHARED, _DATA = 2, 5

_limit: int | None = None


def limit(memory: int) -> None:
    """Give this process no more memory of its own than this.

    Not RLIMIT_AS: it counts what is mapped and never touched, such as shared arrays and what CUDA
    reserves.
    """
    global _limit  # noqa: PLW0603 - a process has one limit
    _limit = memory
    records.memory_failed = _end_if_full
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory + _RESERVE))


def _used() -> int:
    """Bytes, at the most so far.

    Python may have no memory for the traceback either, and then what the code held is gone by now.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = [int(one) * resource.getpagesize() for one in file.read().split()]
    except OSError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return max(pages[_DATA], peak - pages[_SHARED])


def _end_if_full(error: BaseException) -> None:
    """Die of a MemoryError that no code of users caught, where the memory is used up.

    The host knows an abort with these words (src/pool/exit-status.ts).
    """
    assert _limit is not None
    resource.setrlimit(resource.RLIMIT_DATA, (_limit + _RESERVE, _limit + _RESERVE))
    used = _used()
    if used < _limit * _FULL:
        resource.setrlimit(resource.RLIMIT_DATA, (_limit, _limit + _RESERVE))
        return
    import traceback  # noqa: PLC0415 - of no use to a worker that lives

    with contextlib.suppress(Exception):
        traceback.print_exception(error)
        mebi = 2**20
        sys.stderr.write(
            f"snakepit worker: out of memory: {used // mebi} of {_limit // mebi} MiB were in use\n"
        )
        sys.stderr.flush()
    os.abort()
