"""The asyncio loop for the coroutines of the async face: one a process, on a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Coroutine
from threading import Lock
from typing import Any

from .arguments import Failed
from .batches import Batch
from .data import SCALARS
from .lanes import CREW, Lane, failed_step, waiting
from .wire import WANTED

__all__ = ["FUTURES", "LOOP", "Coroutine"]

FUTURES = (asyncio.Future, concurrent.futures.Future)
_REF = WANTED["ref"]


class Loop:
    """Starts at the first coroutine."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lane: Lane | None = None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._lane = Lane(CREW.settings)
                assert CREW.spawn is not None
                CREW.spawn(self._run)
        return self._loop

    def _run(self) -> None:
        assert self._loop is not None
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def wait_for(self, batch: Batch, index: int) -> None:
        """Await one of its results here, and go on."""
        loop = self._loop or self._started()
        loop.call_soon_threadsafe(self._begin, batch, index)

    def stop(self, batch: Batch) -> None:
        """Cancel what it awaits."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._cancel, batch)

    def _begin(self, batch: Batch, index: int) -> None:
        assert self._loop is not None
        if batch.stopped:
            self._never(batch, index)
        else:
            batch.task = self._loop.create_task(self._drive(batch, index))
            batch.index = index

    def _cancel(self, batch: Batch) -> None:
        batch.stopped = True
        if batch.task is None:
            return
        batch.task.cancel()
        # A task that is cancelled before its first step does not even begin.
        if batch.index >= 0:
            self._never(batch, batch.index)

    def _never(self, batch: Batch, index: int) -> None:
        """End a batch whose result nobody began to await."""
        value = batch.results[index]
        if isinstance(value, Coroutine):
            value.close()
        self._stopped(batch)

    def _stopped(self, batch: Batch) -> None:
        waiting.pop(batch.number, None)
        CREW.finish(batch.number, b"")

    async def _drive(self, batch: Batch, index: int) -> None:
        batch.index = -1
        results = batch.results
        try:
            results[index] = await self._awaitable(results[index])
        except BaseException as error:  # noqa: BLE001 - of whoever wants the result
            results[index] = failed_step(error)
        batch.task = None
        if batch.stopped:
            self._stopped(batch)
        elif len(results) < len(batch.steps) or not self._is_small(batch):
            CREW.resume(batch.number)
        else:
            self._answer(batch)

    def _awaitable(self, value: Any) -> Any:
        if isinstance(value, concurrent.futures.Future):
            return asyncio.wrap_future(value)
        if isinstance(value, asyncio.Future) and value.get_loop() is not self._loop:
            return asyncio.wrap_future(
                asyncio.run_coroutine_threadsafe(_wait(value), value.get_loop())
            )
        return value

    def _is_small(self, batch: Batch) -> bool:
        """Whether its results cost nothing to convert: others shall not wait for that here."""
        results, returns = batch.results, batch.returns
        for i in range(0, len(returns), 2):
            kind = type(results[returns[i]])
            if kind not in SCALARS and kind is not Failed and returns[i + 1] != _REF:
                return False
        return True

    def _answer(self, batch: Batch) -> None:
        assert self._lane is not None
        waiting.pop(batch.number, None)
        CREW.finish(batch.number, self._lane.dispatcher(batch.home).reply(batch))


async def _wait(future: Any) -> Any:
    return await future


LOOP = Loop()
