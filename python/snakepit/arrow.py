"""Arrow data across the border: what JavaScript's becomes here, and what of ours it can take.

Both ways go through the Arrow PyCapsule interface
(https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html), so no side needs the
other's library: pyarrow is used where it is installed, since its classes are what users expect.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any


class ArrowData:
    """Memory of JavaScript's, for whoever speaks the Arrow PyCapsule interface."""

    def __init__(self, held: Any) -> None:
        self._held = held

    def __arrow_c_schema__(self) -> object:
        made: object = self._held.schema()
        return made


class ArrowArray(ArrowData):
    """A record batch, or one array."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        schema, array = self._held.array()
        return schema, array


class ArrowStream(ArrowData):
    """A table, or an array in several chunks."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        made: object = self._held.stream()
        return made


@cache
def _pyarrow() -> ModuleType | None:
    try:
        return import_module("pyarrow")
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        return None


def _made(data: ArrowData, name: str) -> object:
    pyarrow = _pyarrow()
    if pyarrow is None:
        return data
    made: object = getattr(pyarrow, name)(data)
    return made


def table(held: Any) -> object:
    """Record batches."""
    return _made(ArrowStream(held), "table")


def batch(held: Any) -> object:
    """The first record batch."""
    return _made(ArrowArray(held), "record_batch")


def array(held: Any) -> object:
    """The first chunk."""
    return _made(ArrowArray(held), "array")


def chunked(held: Any) -> object:
    """All chunks."""
    return _made(ArrowStream(held), "chunked_array")


def reader(empty: Any, batches: Iterator[Any]) -> object:
    """A RecordBatchReader over batches that JavaScript gives when they are asked for."""
    pyarrow = _pyarrow()
    if pyarrow is None:
        raise ModuleNotFoundError(
            "a stream of record batches needs pyarrow: add it to the dependencies in"
            " pyproject.toml and run `npx snakepit sync`, or pass a Table",
            name="pyarrow",
        )
    made: object = pyarrow.RecordBatchReader.from_batches(empty.schema, batches)
    return made


#: Which of these the type has says that its data has columns.
_TABULAR = ("schema", "columns", "column_names")
#: The type has these where batches come one by one, and only once.
_ONE_BY_ONE = ("read_next_batch", "__next__")


def _has_any(kind: type, names: tuple[str, ...]) -> bool:
    return any(hasattr(kind, name) for name in names)


def take(value: Any) -> tuple[str, object, object]:
    """What there is to take: its kind, and the capsules of its schema and of its data.

    A stream's schema is in it. Without capsules the first is 'stream', for what is to be read batch
    by batch, or the type of what has no Arrow data at all.
    """
    kind = type(value)
    if hasattr(kind, "__arrow_c_array__"):
        schema, data = value.__arrow_c_array__()
        return "batch" if _has_any(kind, _TABULAR) else "vector", schema, data
    if hasattr(kind, "__arrow_c_stream__"):
        if _has_any(kind, _ONE_BY_ONE):
            return "stream", None, None
        tabular = _has_any(kind, _TABULAR)
        return "table" if tabular else "vector", None, value.__arrow_c_stream__()
    if hasattr(kind, "__arrow_c_schema__"):
        return "schema", value.__arrow_c_schema__(), None
    return kind.__qualname__, None, None


def open_reader(value: Any) -> object:
    """Whatever streams record batches, as something that gives one at a time and can be closed."""
    pyarrow = _pyarrow()
    if pyarrow is None or isinstance(value, pyarrow.RecordBatchReader):
        return value
    made: object = pyarrow.RecordBatchReader.from_stream(value)
    return made


def schema_of(reader: Any) -> Any:
    """Its schema, before a batch was read."""
    return reader.schema


def close(reader: Any) -> None:
    """Lets go of what is not read, where that can be said."""
    end: Callable[[], None] | None = getattr(reader, "close", None)
    if end is not None:
        end()
