"""Source text with names bound in it: an expression's value, or a block's ``return``."""

from __future__ import annotations

import ast
from typing import Any

_NAME = "__snakepit_block__"


def run(source: str, names: dict[str, Any]) -> Any:
    """Run ``source`` in a namespace of its own."""
    scope: dict[str, Any] = {"__name__": "__snakepit__", **names}
    tree = ast.parse(source, "<py>", "exec")
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        return eval(compile(source.strip(), "<py>", "eval"), scope)
    function = ast.parse(f"def {_NAME}(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = tree.body or [ast.Pass()]
    tree.body = [function]
    exec(compile(ast.fix_missing_locations(tree), "<py>", "exec"), scope)
    return scope[_NAME]()
