"""Landlock: which files a process may touch, and which processes it may reach.

What it says holds for the thread that asks and for all that it starts later, for ever.
"""

from __future__ import annotations

import os
import struct
from stat import S_ISDIR

from .kernel import ask

# <linux/landlock.h>
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK, _REFER = 1 << 6, 1 << 11, 1 << 13
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
# All that each version knows: version 2 brought moves between folders, 3 truncation, 5 ioctl.
_KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL = (1 << 16) - 1
# What may be allowed for a thing that is no folder.
_FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

READ = READ_FILE | READ_DIR
WRITE = _ALL & ~(EXECUTE | _MAKE_CHAR | _MAKE_BLOCK | IOCTL_DEV)
DEVICE = READ_FILE | WRITE_FILE | IOCTL_DEV

_ABSTRACT_SOCKETS, _SIGNALS = 1, 2
_SCOPES_FROM = 6
_PATH_BENEATH = 1


class Rules:
    """What is allowed below which paths; everything else is not.

    ``handled`` are the rights that this is about, others are not asked for. ``sockets``: whether
    sockets with abstract names reach those who are not locked in.
    """

    def __init__(self, abi: int, *, handled: int = _ALL, sockets: bool = True) -> None:
        self.abi = abi
        self.handled = handled
        self.sockets = sockets
        self.paths: list[tuple[str, int]] = []

    def allow(self, rights: int, *paths: str) -> None:
        """Allow this for what is there now; what is not there is left out."""
        self.paths += [(path, rights) for path in paths]


def nobody_else(abi: int) -> Rules:
    """Files as before, but no signals to processes outside, nor a look into them.

    Needs version 2: to move files between folders is refused by all rules that do not allow it, and
    those of version 1 cannot.
    """
    rules = Rules(abi, handled=_REFER)
    rules.allow(_REFER, "/")
    return rules


def enforce(rules: Rules) -> list[int]:
    """Put the rules in force. Raises OSError where the kernel refuses.

    Gives descriptors that must stay open: the kernel's own files in /proc are made anew when nobody
    holds them, and the rules would not mean the new ones.
    """
    handled = rules.handled & _KNOWN.get(rules.abi, _ALL)
    scoped = 0
    if rules.abi >= _SCOPES_FROM:
        scoped = _SIGNALS | (0 if rules.sockets else _ABSTRACT_SOCKETS)
    # Files, network, scopes; kernels that know less take zeros.
    attributes = struct.pack("=QQQ", handled, 0, scoped)
    ruleset = ask("landlock_create_ruleset", attributes, len(attributes), 0)
    held: list[int] = []
    try:
        for path, rights in rules.paths:
            held += _add(ruleset, path, rights & handled)
        ask("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return held


def _add(ruleset: int, path: str, rights: int) -> list[int]:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # It is not there, or this user may not even look.
        return []
    held = path.startswith("/proc/")
    try:
        if not S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _FOR_FILES
        if rights:
            rule = struct.pack("=Qi", rights, descriptor)
            ask("landlock_add_rule", ruleset, _PATH_BENEATH, rule, 0)
        return [descriptor] if held else []
    finally:
        if not held:
            os.close(descriptor)
