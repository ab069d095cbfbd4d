"""The Python half of the benchmarks: the same small functions for every contestant."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

_kept: dict[int, Any] = {}
_arrays: dict[str, Any] = {}


def boom(text: str) -> None:
    """Raise, so that a contestant can be timed catching it."""
    raise ValueError(text)


def call_each(fn: Callable[[int], float], count: int) -> float:
    """Call a function of the host `count` times and add its answers up."""
    total = 0.0
    for index in range(count):
        total += fn(index)
    return total


def consume(array: Any) -> None:
    """Make the array Python would work on, and drop it."""
    np.asarray(array)


def take_in(buffer: Any) -> int:
    """Make a float32 array over a buffer and drop it; its length proves that it arrived."""
    return int(np.frombuffer(buffer, np.float32).size)


def take_in_text(text: str) -> int:
    """The same for bridges that carry text only."""
    return take_in(base64.b64decode(text))


def small_sum() -> float:
    """Add a few elements up: little work, and a result that is a NumPy scalar."""
    if "small" not in _arrays:
        _arrays["small"] = np.arange(10.5)
    return float(_arrays["small"].sum())


def make(count: int) -> int:
    """Keep an array of `count` float32 whose last element is 7; its number is the answer."""
    array = np.empty(count, np.float32)
    array[0] = 1
    array[-1] = 7
    key = len(_kept)
    _kept[key] = array
    return key


def kept(key: int) -> Any:
    """Return the array that `make` kept."""
    return _kept[key]


def kept_bytes(key: int) -> bytes:
    """Return the kept array as bytes: a copy, the only form some bridges can carry."""
    return bytes(_kept[key].data)


def kept_text(key: int) -> str:
    """Return the kept array as text, for bridges that carry nothing else."""
    return base64.b64encode(_kept[key].data).decode("ascii")


def take_rows(rows: list[dict[str, Any]]) -> int:
    """The id of the last record, which proves that all arrived."""
    return int(rows[-1]["id"])


def give_rows(count: int) -> list[dict[str, Any]]:
    """Records of three fields, made once."""
    name = f"rows {count}"
    if name not in _arrays:
        _arrays[name] = [
            {"id": i, "name": f"item {i}", "value": i * 0.5 + 0.1} for i in range(count)
        ]
    rows: list[dict[str, Any]] = _arrays[name]
    return rows


def take_json(text: str) -> int:
    """The same as JSON text."""
    return take_rows(json.loads(text))


def give_json(count: int) -> str:
    """The same as JSON text."""
    return json.dumps(give_rows(count), separators=(",", ":"))


async def noop() -> None:
    """Nothing, as a coroutine."""


def compute(seconds: float) -> int:
    """Python code that keeps the GIL as long as it may."""
    end, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        count += 1
    return count


def coroutines(resolve: Callable[[int], None]) -> Callable[[int], None]:
    """Start an asyncio loop on a thread; what begins a coroutine there, and says when it is done."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    def begin(number: int) -> None:
        task = loop.create_task(noop())
        task.add_done_callback(lambda _task: resolve(number))

    return lambda number: loop.call_soon_threadsafe(begin, number) and None
