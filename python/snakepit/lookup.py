"""Names, attributes and subscripts of a frame, looked up again where that runs no code of users.

No property, no ``__getattr__``, no key of a type of theirs: an error is being made, and what they
do might make another.
"""

from __future__ import annotations

import ast
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .operands import Plan

_MRO = type.__dict__["__mro__"].__get__
_DICT = type.__dict__["__dict__"].__get__
_MODULE_DICT: Any = _DICT(ModuleType)["__dict__"].__get__

# The tables in which a torch.nn.Module keeps what its __getattr__ gives.
_MODULE_TABLES = ("_parameters", "_buffers", "_modules")


class _Unknown:
    """Stands for what cannot be looked up."""


UNKNOWN = _Unknown()


def values(plan: Plan, frame: FrameType) -> list[object]:
    """The operands of a plan in a frame; UNKNOWN stands for what cannot be looked up."""
    look = _Lookup(frame)
    found: list[object] = []
    for node in plan.operands:
        value = UNKNOWN if node is None else look.up(node)
        if isinstance(node, ast.Starred) and type(value) in (list, tuple):
            found += value  # type: ignore[arg-type]
        else:
            found.append(value)
    return found


class _Lookup:
    """What the nodes of an expression stand for in one frame."""

    def __init__(self, frame: FrameType) -> None:
        names: Any = frame.f_locals
        # A class's body may run in a mapping of users.
        plain = type(names) is dict or type(names).__name__ == "FrameLocalsProxy"
        self._locals = names if plain else {}
        self._globals = frame.f_globals
        self._ways: dict[type, Callable[[Any], Any]] = {
            ast.Attribute: lambda node: _attribute(self.up(node.value), node.attr),
            ast.Constant: lambda node: node.value,
            ast.Name: self._name,
            ast.Starred: lambda node: self.up(node.value),
            ast.Subscript: lambda node: _item(self.up(node.value), self.up(node.slice)),
            ast.UnaryOp: self._minus,
        }

    def up(self, node: ast.expr) -> Any:
        """The value of a node."""
        way = self._ways.get(type(node))
        return UNKNOWN if way is None else way(node)

    def _name(self, node: ast.Name) -> Any:
        if node.id in self._locals:
            return self._locals[node.id]
        return self._globals.get(node.id, UNKNOWN)

    def _minus(self, node: ast.UnaryOp) -> Any:
        number = self.up(node.operand)
        return -number if isinstance(node.op, ast.USub) and type(number) is int else UNKNOWN


def _item(owner: Any, key: Any) -> Any:
    kind = type(owner)
    indexed = type(key) is int and (kind is list or kind is tuple)
    if not indexed and not (kind is dict and type(key) in (int, str)):
        return UNKNOWN
    try:
        return owner[key]
    except LookupError:
        return UNKNOWN


def _attribute(owner: Any, name: str) -> Any:
    """As ``inspect.getattr_static`` does it, through slots and the tables of PyTorch's modules."""
    kind = type(owner)
    own = _own_names(owner, kind)
    if name in own:
        return own[name]
    for base in _MRO(kind):
        if name in _DICT(base):
            return _of_class(_DICT(base)[name], owner)
    for table in _MODULE_TABLES:
        entries = own.get(table)
        if type(entries) is dict and name in entries:
            return entries[name]
    return UNKNOWN


def _of_class(value: Any, owner: object) -> Any:
    """A slot's value, or the class's own; whatever would compute one is not asked."""
    if type(value) is not MemberDescriptorType:
        return UNKNOWN if hasattr(type(value), "__get__") else value
    try:
        return value.__get__(owner, type(owner))
    except AttributeError:
        return UNKNOWN


def _own_names(owner: Any, kind: type) -> dict[str, Any]:
    if kind is ModuleType:
        return _MODULE_DICT(owner)  # type: ignore[no-any-return]
    for base in _MRO(kind):
        descriptor = _DICT(base).get("__dict__")
        if descriptor is not None:
            plain = type(descriptor) is GetSetDescriptorType
            names = descriptor.__get__(owner, kind) if plain else None
            return names if type(names) is dict else {}
    return {}
