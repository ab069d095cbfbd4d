"""``sys.stdout`` and ``sys.stderr`` of a Python that lives in Node: they are Node's streams."""

import io
import os
import sys

# Loaded at start-up, so it imports nothing that Python's own start has not: `collections` alone
# costs 2 ms. Type checkers read this as true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[bytes], int]
    Flush = Callable[[], None]


class StandardBytes(io.BufferedIOBase):
    """The bytes under a text stream; native code keeps a line until it is whole."""

    def __init__(self, descriptor: int, name: str, write: "Write", flush: "Flush") -> None:
        """Write to Node's stream of ``descriptor``."""
        self._descriptor = descriptor
        # The text stream calls it for every piece of a line: no frame of Python's between.
        self.write = write  # type: ignore[assignment]
        self._flush = flush
        self.name = name
        self.mode = "wb"

    def writable(self) -> bool:
        """Always."""
        return True

    def flush(self) -> None:
        """Give Node's stream the line that is not whole yet."""
        self._flush()

    def fileno(self) -> int:
        """Of the stream below Node's, for child processes."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return os.isatty(self._descriptor)

    def close(self) -> None:
        """Not even then: it is Node's."""
        self.flush()


def _open(
    descriptor: int, name: str, errors: str, write: "Write", flush: "Flush"
) -> io.TextIOWrapper:
    binary = StandardBytes(descriptor, name, write, flush)
    # Written through: native code knows then whether anything waits, and asks nobody.
    return io.TextIOWrapper(
        binary, encoding="utf-8", errors=errors, newline="\n", write_through=True
    )


def install(out: "Write", err: "Write", flush: "Flush") -> None:
    """Put streams into ``sys`` that write to Node's."""
    before = {name: getattr(sys, name) for name in ("stdout", "stderr")}

    def restore() -> None:
        # A fork has no JavaScript that could write for it.
        for name, stream in before.items():
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)

    for descriptor, name, errors, write in (
        (1, "stdout", "surrogateescape", out),
        (2, "stderr", "backslashreplace", err),
    ):
        stream = _open(descriptor, f"<{name}>", errors, write, flush)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.register_at_fork(after_in_child=restore)


class Capture:
    """Keeps what is printed between its making and ``end``, whichever thread prints."""

    def __init__(self) -> None:
        """Take the place of both streams."""
        self._before = (sys.stdout, sys.stderr)
        self._bytes = (io.BytesIO(), io.BytesIO())
        # Kept until the end: a text stream that goes closes what is below it.
        self._texts = [
            io.TextIOWrapper(
                one, encoding="utf-8", errors="surrogateescape", newline="\n", write_through=True
            )
            for one in self._bytes
        ]
        sys.stdout, sys.stderr = self._texts

    def end(self) -> tuple[str, str]:
        """Give both streams back, and what was printed to each."""
        sys.stdout, sys.stderr = self._before
        out, err = (one.getvalue().decode("utf-8", "replace") for one in self._bytes)
        return out, err

    def fail(self) -> None:
        """Give both streams back and let through what was printed: it may say what went wrong."""
        for stream, text in zip(self._before, self.end(), strict=True):
            if stream is not None and text:
                stream.write(text)


def end(capture: Capture) -> tuple[str, str]:
    """End a capture, for the bridge: what a program's codecs say of tuples is not asked."""
    return capture.end()
