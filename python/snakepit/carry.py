"""Values that cross from the Python of the host to a worker, by a copy."""

from __future__ import annotations

import pickle
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from .own_errors import ElsewhereError

# What cannot change, so that a copy is as good.
_VALUES = (str, bytes, int, float, complex, bool, type(None), slice, range, tuple, frozenset)
_NAMED = (type, FunctionType, BuiltinFunctionType)


def _is_data(value: object) -> bool:
    """Whether ``value`` means its contents: memory, or what never changes."""
    numpy: Any = sys.modules.get("numpy")
    torch: Any = sys.modules.get("torch")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic | numpy.dtype):
        return True
    if torch is not None and isinstance(value, torch.Tensor | torch.nn.Module):
        return True
    if torch is not None and isinstance(value, torch.device | torch.dtype):
        return True
    return isinstance(value, _VALUES + _NAMED)


def pack(value: object) -> bytes:
    """Return ``value`` as bytes; refuse what a copy would part from its original."""
    name = type(value).__qualname__
    if not _is_data(value):
        kind = "module" if isinstance(value, ModuleType) else f"object of type {name}"
        message = (
            f"the {kind} lives in this process, and the call runs in a worker. Arrays and tensors "
            "are carried over; pass other objects as data ($toJS()), or make them there "
            "(options({ isolate: true }))"
        )
        raise ElsewhereError(message)
    try:
        return pickle.dumps(value, protocol=5)
    except Exception as error:  # noqa: BLE001 - whatever an object's own code raises
        message = f"a {name} of this process cannot be carried to a worker: {error}"
        raise ElsewhereError(message) from None


def unpack(data: memoryview) -> object:
    """Return what `pack` was given. The bytes are the host's, which is trusted."""
    return pickle.loads(data)
