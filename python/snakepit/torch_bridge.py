"""PyTorch tensors and NumPy arrays over the same memory. Imported when needed: it needs torch.

`torch.from_numpy` and `Tensor.numpy` keep each other's memory alive, check layouts, and fix a
storage's size while an array looks at it, which DLPack does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

torch: Any = import_module("torch")
from_numpy = torch.from_numpy
# Functions of C that make tensors without a call of Python's; None in older versions.
exchange = getattr(torch.Tensor, "__dlpack_c_exchange_api__", None)

# What NumPy has, too; the others cross as the bits of this type.
_SHARED = frozenset(
    getattr(torch, name)
    for name in (
        "bool",
        "int8",
        "uint8",
        "int16",
        "uint16",
        "int32",
        "uint32",
        "int64",
        "uint64",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    )
    if hasattr(torch, name)
)


def bfloat16_from_bits(bits: Any) -> Any:
    """Make a bfloat16 tensor over an array of its bits (uint16)."""
    return from_numpy(bits.view("int16")).view(torch.bfloat16)


# What NumPy cannot look at, and what to take instead.
_OBSTACLES: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (lambda x: x.is_quantized, "it is quantised: take x.int_repr() or x.dequantize()"),
    (
        lambda x: x.layout is not torch.strided,
        "its layout is {x.layout}: take x.to_dense(), or its parts (x.values(), …)",
    ),
    (lambda x: x.device.type != "cpu", "it is on {x.device}: take x.cpu()"),
    (
        lambda x: x.requires_grad,
        "it requires grad: take x.detach(), which shares its memory",
    ),
    (lambda x: x.is_conj(), "it is a lazy conjugate: take x.resolve_conj()"),
    (lambda x: x.is_neg(), "it is a lazy negative: take x.resolve_neg()"),
)


def kind(tensor: Any) -> str:
    """Tell how a tensor crosses: 'shared', 'bfloat16', or ERR_…: and why it does not."""
    if not isinstance(tensor, torch.Tensor):
        named = type(tensor).__qualname__
        return (
            f"ERR_CONVERSION: py.fromTorch(x) takes a torch.Tensor, and this is a Python {named}; "
            "for arrays of other libraries there is py.fromNumpy(x)"
        )
    for stands, advice in _OBSTACLES:
        if stands(tensor):
            reason = advice.format(x=tensor)
            return f"ERR_CONVERSION: this tensor's memory cannot be seen from JavaScript: {reason}"
    if tensor.dtype is torch.bfloat16:
        return "bfloat16"
    if tensor.dtype in _SHARED:
        return "shared"
    return (
        f"ERR_DTYPE: a tensor of dtype {tensor.dtype} has no typed array in JavaScript; take "
        "x.to(torch.float32), or its bits: x.view(torch.uint8)"
    )


def memory(tensor: Any) -> Any:
    """Make an array over the memory of a tensor that `kind` let pass."""
    if tensor.dtype is torch.bfloat16:
        return tensor.view(torch.int16).numpy().view("uint16")
    return tensor.numpy()
