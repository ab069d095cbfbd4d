"""Arrays of calls on this process's threads, whose memory JavaScript sees."""

from __future__ import annotations

from typing import Any

from .data import dtype_name
from .own_errors import ConversionError

_MASKED = (
    "a masked array's memory does not show which elements are masked: take out x.filled(value), "
    "or x.data and x.mask"
)


class Shared:
    """An array whose memory JavaScript is to see, and why it is a copy."""

    __slots__ = ("array", "dtype", "reason")

    def __init__(self, value: Any, *, in_order: bool) -> None:
        import numpy  # noqa: PLC0415 - a program without arrays does without

        array = numpy.asarray(value)
        if hasattr(value, "_mask"):
            raise ConversionError(_MASKED)
        self.dtype = dtype_name(array)
        flags = array.flags
        self.reason: str | None = None
        if not flags.writeable:
            self.reason = "read-only"
        elif in_order > flags.c_contiguous or not _fits(array):
            self.reason = "strides"
        # An array of its own: nobody else changes its shape while JavaScript reads it.
        self.array = array.view() if self.reason is None else array.copy("C")


def _fits(array: Any) -> bool:
    """Whether typed arrays can express where its elements are."""
    return array.flags.aligned and not any(step % array.itemsize for step in array.strides)
