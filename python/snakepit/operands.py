"""What the instruction that raised worked on: read off the source at its columns (PEP 657).

Names, attributes and subscripts may be looked up again (lookup.py). What would have to be computed
again is not known.
"""

from __future__ import annotations

import ast
import linecache
from dataclasses import dataclass
from itertools import islice
from opcode import opmap
from typing import TYPE_CHECKING

from .exceptions import position
from .places import HIDDEN, after_expression

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

_RAISES = frozenset(opmap[name] for name in ("RAISE_VARARGS", "RERAISE"))
_SPAN_LIMIT = 20
_CACHE_LIMIT = 4096


_INDEXERS = frozenset(["loc", "iloc", "at", "iat"])
# What is no array, whatever is in it.
_NO_ARRAYS = (ast.Constant, ast.Dict, ast.JoinedStr, ast.Lambda, ast.Set, ast.Slice)


@dataclass(frozen=True)
class Plan:
    """What an instruction's operands are; None stands for one that has to be computed."""

    operands: tuple[ast.expr | None, ...] = ()
    raises: bool = False

    @property
    def is_barren(self) -> bool:
        """Whether there will never be anything to look up."""
        return all(one is None for one in self.operands)


_BARREN = Plan()
_plans: dict[tuple[int, int], tuple[CodeType, Plan]] = {}


def plan_of(code: CodeType, lasti: int) -> Plan:
    """Computed once for a place in the code."""
    # By identity: a code's own hash looks at all of it. It is kept, so that the number stays its.
    key = (id(code), lasti)
    known = _plans.get(key)
    if known is not None:
        return known[1]
    try:
        plan = _plan(code, lasti)
    except Exception:  # noqa: BLE001 - source that is not there, or not what was compiled
        plan = _BARREN
    if len(_plans) >= _CACHE_LIMIT:
        _plans.clear()
    _plans[key] = (code, plan)
    return plan


def _plan(code: CodeType, lasti: int) -> Plan:
    if 0 <= lasti < len(code.co_code) and code.co_code[lasti] in _RAISES:
        return Plan(raises=True)
    line, end_line, column, end_column = position(code, lasti)
    if line is None or end_line is None or column is None or end_column is None:
        return _BARREN
    if end_line - line > _SPAN_LIMIT or column < 0:
        return _BARREN
    text = _segment(code.co_filename, (line, end_line), (column, end_column))
    return Plan(_operands(_parsed(_with_names(text, code, (line, column)))))


def _lines(file: str, first: int, last: int) -> list[bytes]:
    """Of a file; it is not read further than that, and not kept."""
    if file in linecache.cache or not file.endswith(".py"):
        return [linecache.getline(file, n).encode(errors="replace") for n in range(first, last + 1)]
    with open(file, "rb") as source:
        return list(islice(source, first - 1, last))


def _segment(file: str, lines: tuple[int, int], columns: tuple[int, int]) -> str:
    found = _lines(file, *lines)
    if len(found) != lines[1] - lines[0] + 1:
        return ""
    found[-1] = found[-1][: columns[1]]
    found[0] = found[0][columns[0] :]
    return b"".join(found).decode()


def _with_names(text: str, code: CodeType, start: tuple[int, int]) -> str:
    """Inline Python has ``${…}`` in the user's file where the code has names, numbered in order."""
    if "${" not in text:
        return text
    names = [name for name in code.co_varnames if HIDDEN.fullmatch(name)]
    at = _first_hidden(code, names, start)
    made, done = "", 0
    while (begin := text.find("${", done)) != -1:
        end = after_expression(text, begin + 2)
        if end == -1:
            return ""
        made, done, at = made + text[done:begin] + names[at], end, at + 1
    return made + text[done:]


def _first_hidden(code: CodeType, names: list[str], start: tuple[int, int]) -> int:
    """How many of the names are read before ``start``: each is read once."""
    from dis import get_instructions  # noqa: PLC0415 - for inline Python alone

    numbers = {name: i for i, name in enumerate(names)}
    first = len(names)
    for one in get_instructions(code):
        read = one.argval if isinstance(one.argval, tuple) else (one.argval,)
        where = one.positions
        if where is None or where.lineno is None or where.col_offset is None:
            continue
        # A pair of names is one instruction, at the place of one of them.
        if (where.lineno, where.col_offset) >= start:
            found = [numbers[name] for name in read if isinstance(name, str) and name in numbers]
            first = min([first, *found])
    return first


def _parsed(text: str) -> ast.AST | None:
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError:
        pass
    body = ast.parse(text).body
    return body[0] if len(body) == 1 else None


def _operands(node: ast.AST | None) -> tuple[ast.expr | None, ...]:
    if isinstance(node, ast.Await):
        node = node.value
    if isinstance(node, ast.BinOp):
        given: list[ast.expr] = [node.left, node.right]
    elif isinstance(node, ast.AugAssign):
        given = [node.target, node.value]
    elif isinstance(node, ast.Compare):
        given = [node.left, *node.comparators]
    elif isinstance(node, ast.UnaryOp):
        given = [node.operand]
    elif isinstance(node, ast.Subscript):
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        given = [_indexed(node.value), *keys]
    elif isinstance(node, ast.Call):
        receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        if any(map(_is_super, receiver)):
            receiver = []
        given = [*receiver, *node.args, *(one.value for one in node.keywords)]
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        given = [node.targets[0].value, node.value]
    elif isinstance(node, ast.Attribute):
        given = [node.value]
    else:
        return ()
    return tuple(_reachable(one) for one in _spread(given) if not isinstance(one, _NO_ARRAYS))


def _indexed(node: ast.expr) -> ast.expr:
    """``frame.loc[key]`` is about the frame."""
    if isinstance(node, ast.Attribute) and node.attr in _INDEXERS:
        return node.value
    return node


def _is_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def _spread(nodes: list[ast.expr]) -> Iterator[ast.expr]:
    """``concatenate([a, b])`` works on a and b."""
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple):
            yield from node.elts
        else:
            yield node


def _reachable(node: ast.expr) -> ast.expr | None:
    """The node, if names, attributes and subscripts are all that there is in it."""
    inner: ast.expr = node
    while True:
        if isinstance(inner, ast.Name):
            return node
        if isinstance(inner, ast.Subscript):
            if not isinstance(inner.slice, ast.Constant | ast.Name | ast.UnaryOp):
                return None
            inner = inner.value
        elif isinstance(inner, ast.Attribute | ast.Starred):
            inner = inner.value
        else:
            return None
