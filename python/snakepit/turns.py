"""Which run has its turn, told to the host by the status page; and its interruption.

The words are those of src/pool/status-page.ts.
"""

from __future__ import annotations

import mmap

_STARTED = 0
_CURRENT = 1
_CANCEL = 4
_SLOT_BYTES = 256
_WORDS = _SLOT_BYTES // 8


class Turns:
    """Our slot of the status page; words of our own where there is no page."""

    def __init__(self, descriptor: int, slot: int) -> None:
        if descriptor < 0:
            self._words = memoryview(bytearray(_SLOT_BYTES)).cast("Q")
        else:
            page = memoryview(mmap.mmap(descriptor, 0)).cast("Q")
            self._words = page[slot * _WORDS : (slot + 1) * _WORDS]
        # The run whose user code is running; what SIGINT may interrupt.
        self.running = 0
        # Whether that run was interrupted: then what it raises ends it as a whole.
        self.interrupted = False
        self._last = 0

    def begin(self, number: int) -> None:
        """Announce a run. From here on the host knows that it may have done something."""
        self._words[_CURRENT] = number
        self._words[_STARTED] = number
        self.interrupted = False
        self.running = number

    def end(self) -> None:
        """After the reply was written."""
        self._words[_CURRENT] = 0

    def on_interrupt(self, _signal: int, _frame: object) -> None:
        """Raise in the run that the host wants to end, once, and in no other.

        A SIGINT of a terminal, or one that comes late, does nothing.
        """
        running = self.running
        if running and running != self._last and self._words[_CANCEL] == running:
            self._last = running
            self.interrupted = True
            raise KeyboardInterrupt
