"""Programs for the kernel that say which system calls a worker may make.

A program (classic BPF) runs before every call and sees the call's number and its arguments, but not
what they point to. One that is in force can neither be changed nor left, by children neither.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from typing import NamedTuple

from .kernel import MACHINE, ask
from .syscalls import (
    ARCHITECTURES,
    DANGEROUS,
    FILE_ATTRIBUTES,
    NEW_PROCESSES,
    PRIORITIES,
    SHARED_NAMES,
    SIGNALS,
    STEERING,
    WHOLE,
    number,
    numbers,
)

# <linux/bpf_common.h>, <linux/filter.h>
_LOAD, _AND, _JUMP_EQUAL, _JUMP_FROM, _JUMP_ANY, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
# <linux/seccomp.h>
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_SET_MODE_FILTER = 1
# Every thread of this process, and without slowing speculation down: what a worker may know, all
# its code may know.
_TSYNC, _SPEC_ALLOW = 1, 4
_INSTRUCTION = 8
# Where the kernel puts them in what a program reads; of an argument, the lower half.
_NUMBER, _ARCHITECTURE = 0, 4
# Calls of the x32 ABI have this bit.
_X32 = 0x40000000

# <linux/sched.h>
_CLONE_THREAD = 0x00010000
# Mount, cgroup, names, IPC, users, processes, network.
_CLONE_NEW = (
    0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
)
# <asm/ioctls.h>: to type in a terminal, and to make a console do so.
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
# <linux/fs.h>: attributes of files, such as that nobody may remove them.
_FILE_FLAGS = (0x40086602, 0x40046602, 0x401C5820)
# <fcntl.h>: who gets a signal when something happens, and which.
_SET_OWNER = (8, 10, 15)
# <linux/resource.h>, <linux/ioprio.h>: not those of a group or of a user.
_PRIORITY_OF_PROCESS, _IO_PRIORITY_OF_PROCESS = 0, 1
_ACCESS_MODE, _TRUNCATE = 3, 0o1000

Instruction = tuple[int, int, int, int]

EPERM = _ERRNO | errno.EPERM
ENOSYS = _ERRNO | errno.ENOSYS


def _unsigned(value: int) -> int:
    return value & 0xFFFFFFFF


def _give(answer: int) -> Instruction:
    return (_RETURN, 0, 0, answer)


def _argument(index: int) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * index)


def _refuse_if(index: int, values: list[int]) -> list[Instruction]:
    """EPERM where an argument is one of these, else the call is made."""
    tests = [(_JUMP_EQUAL, len(values) - i, 0, _unsigned(one)) for i, one in enumerate(values)]
    return [_argument(index), *tests, _give(_ALLOW), _give(EPERM)]


def _refuse_unless(index: int, values: list[int]) -> list[Instruction]:
    """EPERM where an argument is none of these."""
    tests = [(_JUMP_EQUAL, len(values) - i, 0, _unsigned(one)) for i, one in enumerate(values)]
    return [_argument(index), *tests, _give(EPERM), _give(_ALLOW)]


class Program:
    """What is refused, by the number of the call."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self.bodies: dict[int, list[Instruction]] = {}

    def refuse(self, *names: str) -> None:
        """Answer EPERM."""
        self.refused.update(numbers(names, MACHINE))

    def decide(self, name: str, body: list[Instruction]) -> None:
        """Answer what these instructions say, of which the last is a return."""
        found = number(name, MACHINE)
        if found is not None:
            self.bodies[found] = body

    def assemble(self) -> bytes:
        """Give the program as the kernel reads it."""
        code: list[Instruction] = [
            (_LOAD, 0, 0, _ARCHITECTURE),
            (_JUMP_EQUAL, 1, 0, ARCHITECTURES[MACHINE]),
            _give(EPERM),
            (_LOAD, 0, 0, _NUMBER),
        ]
        if MACHINE == "x86_64":
            code += [(_JUMP_FROM, 0, 1, _X32), _give(EPERM)]
        for one, body in self.bodies.items():
            code += [(_JUMP_EQUAL, 0, len(body), one), *body]
        refused = sorted(self.refused - self.bodies.keys())
        code += [(_JUMP_EQUAL, len(refused) - i, 0, one) for i, one in enumerate(refused)]
        code += [_give(_ALLOW), _give(EPERM)]
        return b"".join(struct.pack("=HBBI", *one) for one in code)


def guard(protected: list[int]) -> Program:
    """Refuse what no library needs, and what is done to the processes with these numbers.

    Of a process its group is meant too, as a negative number.
    """
    program = Program()
    for names in DANGEROUS.values():
        program.refuse(*names)
    everyone = [-1]
    for name in SIGNALS:
        program.decide(name, _refuse_if(0, protected + (everyone if name == "kill" else [])))
    for name in STEERING:
        program.decide(name, _refuse_if(0, protected))
    for name in PRIORITIES:
        program.decide(name, _refuse_if(1, protected))
    flagged = (_JUMP_ANY, 0, 1, _CLONE_NEW)
    program.decide("clone", [_argument(0), flagged, _give(EPERM), _give(_ALLOW)])
    # Its flags are in memory, which a program cannot read. The C library asks by clone instead.
    program.decide("clone3", [_give(ENOSYS)])
    program.decide("ioctl", _refuse_if(1, [_TIOCSTI, _TIOCLINUX]))
    return program


class Doors(NamedTuple):
    """What `lock` leaves open, and what it must know."""

    own: int
    net: bool
    processes: bool
    # Descriptors that the host has too.
    shared: tuple[int, ...]
    # Landlock's: below 3 it does not know of truncation.
    abi: int


def lock(doors: Doors) -> Program:
    """Refuse, beyond `guard`, what reaches out of the scratch folder and past Landlock."""
    program = Program()
    program.refuse(*FILE_ATTRIBUTES, *SHARED_NAMES)
    if not doors.net:
        program.refuse("socket")
    if not doors.processes:
        program.refuse(*NEW_PROCESSES)
        thread = (_JUMP_ANY, 0, 1, _CLONE_THREAD)
        program.decide("clone", [_argument(0), thread, _give(_ALLOW), _give(EPERM)])
        # Nobody is left to signal but this process.
        for name in SIGNALS:
            program.decide(
                name, _refuse_unless(0, [0, doors.own] if name == "kill" else [doors.own])
            )
        for name in WHOLE:
            program.decide(name, _refuse_unless(0, [0, doors.own]))
    program.decide("setpriority", _refuse_unless(0, [_PRIORITY_OF_PROCESS]))
    program.decide("ioprio_set", _refuse_unless(0, [_IO_PRIORITY_OF_PROCESS]))
    program.decide("fcntl", _refuse_if(1, list(_SET_OWNER)))
    program.decide("ioctl", _refuse_if(1, list(_FILE_FLAGS)))
    program.decide("ftruncate", _refuse_if(0, list(doors.shared)))
    if doors.abi < 3:
        program.refuse("truncate", "openat2")
        for name, flags in (("open", 1), ("openat", 2)):
            # To truncate what was opened for reading needs no right to write there.
            masked = (_AND, 0, 0, _ACCESS_MODE | _TRUNCATE)
            cut = (_JUMP_EQUAL, 0, 1, _TRUNCATE)
            program.decide(name, [_argument(flags), masked, cut, _give(EPERM), _give(_ALLOW)])
    return program


def enforce(program: bytes) -> None:
    """Put a program in force, for ever. Raises OSError where the kernel refuses it."""
    text = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("=HxxxxxxQ", len(program) // _INSTRUCTION, ctypes.addressof(text))
    if ask("seccomp", _SET_MODE_FILTER, _TSYNC | _SPEC_ALLOW, head) != 0:
        # A thread that has another filter by now; its number is the answer.
        raise OSError(errno.EBUSY, "seccomp: a thread could not be made to follow")
