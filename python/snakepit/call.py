"""What the call that runs was given beside its arguments, for the code of users."""

from __future__ import annotations

from typing import Any, NamedTuple

# Filled by the worker for the time of a call.
given: dict[str, Any] = {}


class Call(NamedTuple):
    """A call as its caller sees it."""

    #: The same for every attempt of one call; None where the call is run once at most.
    key: str | None
    #: How many attempts there were before this one.
    attempt: int
    #: The name of the session that it runs in.
    session: str | None
    #: Its W3C trace context.
    trace: str | None


def current() -> Call:
    """Return the call that runs now, in a worker; an empty one in the process of Node."""
    return Call(
        given.get("key"), given.get("attempt") or 0, given.get("session"), given.get("trace")
    )
