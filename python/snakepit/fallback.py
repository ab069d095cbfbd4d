"""A call once more, on another device: `onError: { 'torch.OutOfMemoryError': { device: 'cpu' } }`.

Its `device` keyword is replaced, and the tensors among its arguments are moved. What the call is
made on is not: a model that is moved in secret would be somewhere else afterwards.
"""

from __future__ import annotations

import re
import sys
from types import BuiltinMethodType, MethodType
from typing import Any

from .own_errors import ElsewhereError
from .wire import OPERATIONS

_DEVICE = re.compile(r"(cpu|cuda|mps|xpu|hip|hpu|npu|xla|meta)(:\d+)?")
# Containers in arguments, as deep as somebody would write one.
_DEPTH = 8

Arguments = list[Any]
Keywords = dict[str, Any]


def _torch() -> Any:
    return sys.modules.get("torch")


def _kind(device: object) -> str:
    """`cuda` of `cuda:0`."""
    return str(getattr(device, "type", device)).partition(":")[0]


def _place(value: object) -> object:
    """The device of a tensor, or of a module's first parameter; None for all else."""
    torch = _torch()
    if torch is None:
        return None
    if isinstance(value, torch.Tensor):
        return value.device
    module = getattr(getattr(torch, "nn", None), "Module", None)
    if module is None or not isinstance(value, module):
        return None
    for group in (value.parameters(), value.buffers()):
        for one in group:
            return _place(one)
    return None


def _is_elsewhere(value: object, device: str) -> bool:
    place = _place(value)
    return place is not None and _kind(place) != _kind(device)


def refusal(device: str, target: object) -> str | None:
    """Why a call on this object may not be made again on a device; None where it may."""
    if isinstance(target, MethodType | BuiltinMethodType):
        target = target.__self__
    if not _is_elsewhere(target, device):
        return None
    name = type(target).__qualname__
    return (
        f"onError may not run this call again on '{device}': the {name} that it is made on is "
        f"itself on {_place(target)}, and stays there. Move it and call again: "
        f"await x.to('{device}'), or keep one there for this case"
    )


def moved(device: str, value: Any, depth: int = 0) -> Any:
    """The value with the tensors in it on a device; containers are made anew."""
    kind = type(value)
    if depth < _DEPTH and (kind is list or kind is tuple):
        return kind([moved(device, item, depth + 1) for item in value])
    if depth < _DEPTH and kind is dict:
        return {key: moved(device, item, depth + 1) for key, item in value.items()}
    torch = _torch()
    if torch is not None and isinstance(value, torch.Tensor) and _is_elsewhere(value, device):
        return value.to(device)
    if _is_elsewhere(value, device):
        raise ElsewhereError(refusal(device, value) or "")
    return value


def prepared(device: str, args: Arguments, kwargs: Keywords) -> tuple[Arguments, Keywords]:
    """The arguments of a call as they are on a device."""
    named = {name: moved(device, value) for name, value in kwargs.items() if name != "device"}
    if "device" in kwargs:
        named["device"] = device
    return moved(device, list(args)), named


def on_tensor(device: str, name: str | None, args: Arguments) -> tuple[str | None, Arguments]:
    """`x.cuda()` and `x.to('cuda')` name the device in their own ways."""
    if name == "cuda":
        return "to", [device]
    if name == "to" and args and _DEVICE.fullmatch(str(args[0])):
        return name, [device, *args[1:]]
    return name, args


def again(
    table: list[Any], target: Any, name: str | None, args: Arguments, kwargs: Keywords
) -> Any:
    """Run a step again: its arguments are a device, the operation, and those of the first time."""
    device, op, *rest = args
    refused = refusal(device, target) if op in ("call", "method") else None
    if refused is not None:
        raise ElsewhereError(refused)
    if op == "method":
        name, rest = on_tensor(device, name, rest)
    given, named = prepared(device, rest, kwargs)
    return table[OPERATIONS[op]](target, name, given, named)


def call(device: str, target: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call again in this process what `refusal` lets pass."""
    given, named = prepared(device, list(args), kwargs)
    return target(*given, **named)
