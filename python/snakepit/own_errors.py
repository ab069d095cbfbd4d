"""Errors of the bridge itself, on their way to JavaScript classes (src/wire/outcome.ts)."""

from __future__ import annotations


class OwnError(Exception):
    """One of ours: its ``code`` chooses the class there."""

    code = "ERR_SNAKEPIT"

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        # Where it is in the arguments or the data; of a DtypeError, the dtype.
        self.path = path


class ConversionError(OwnError):
    """A value that has no counterpart."""

    code = "ERR_CONVERSION"

    def below(self, place: str) -> ConversionError:
        """Return the same, seen from the container."""
        return ConversionError(self.message, place + self.path)


class DateError(OwnError):
    """A moment that a Date cannot hold."""

    code = "ERR_RANGE"


class DtypeError(OwnError):
    """Elements that no array class of JavaScript holds."""

    code = "ERR_DTYPE"

    def __init__(self, dtype: str) -> None:
        super().__init__(
            f"no array class of JavaScript holds elements of {dtype}; "
            "convert it in Python, with astype() for example",
            dtype,
        )


class ReleasedError(OwnError):
    """A number that stands for nothing any more."""

    code = "ERR_DISPOSED"


class ElsewhereError(OwnError):
    """An object of another process, or on another device, that only a copy could bring here."""

    code = "ERR_HANDLE_ELSEWHERE"


class TooManyObjectsError(OwnError):
    """The host let go of too little."""

    code = "ERR_HANDLE_LIMIT"


class TooLargeError(OwnError):
    """A result beyond what a message may have."""

    code = "ERR_CONVERSION"


class CopyRequiredError(OwnError):
    """An array that only a copy can bring to the host, where copies are forbidden."""

    code = "ERR_COPY_REQUIRED"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"this array can reach the host by a copy only ({reason}), and copy: 'forbid' is set. "
            "Allow the copy for this call, or leave the array where it is: handles cost nothing",
            reason,
        )


class DeadlockError(OwnError, RuntimeError):
    """A wait for JavaScript that could never have ended."""

    code = "ERR_DEADLOCK"
