"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import errno
import os
import sys

from .syscalls import number

MACHINE = os.uname().machine

# <linux/prctl.h>
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


# A number, or memory for the kernel to read or to fill.
Argument = int | bytes | ctypes.Array[ctypes.c_char]


def _word(value: Argument) -> object:
    """All of a register: what is above an int would be anything."""
    return ctypes.c_long(value) if isinstance(value, int) else value


def ask(name: str, *arguments: Argument) -> int:
    """Make a system call. Raises OSError where the kernel refuses."""
    call = number(name, MACHINE)
    if call is None:
        raise OSError(errno.ENOSYS, f"{name}: not on {MACHINE}")
    answer: int = _libc.syscall(ctypes.c_long(call), *[_word(one) for one in arguments])
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return answer


def prctl(option: int, value: int) -> int:
    """Ask the kernel about this process; -1 from one that does not know the option."""
    if sys.platform != "linux":
        return -1
    zero = ctypes.c_ulong(0)
    answer: int = _libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero)
    return answer
