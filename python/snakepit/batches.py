"""What a thread and the asyncio loop hand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Task

    from .dispatch import Step


class Batch:
    """Steps on their way, and what the ones before gave."""

    __slots__ = (
        "given",
        "home",
        "index",
        "number",
        "results",
        "returns",
        "steps",
        "stopped",
        "task",
    )

    def __init__(
        self, home: int, number: int, given: Any, steps: list[Step], returns: list[int]
    ) -> None:
        self.home = home
        self.number = number
        self.given = given
        self.steps = steps
        self.returns = returns
        self.results: list[Any] = []
        self.task: Task[None] | None = None
        # Of the result that its task will await; -1 once that has begun.
        self.index = -1
        self.stopped = False
