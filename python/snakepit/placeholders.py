"""Placeholders that stand where Python takes no value, and what to write instead."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from .layout import Token, scan


class Fault(NamedTuple):
    """What is wrong, and the index in the source."""

    at: int
    message: str


def glued(source: str, hidden: list[str]) -> Fault | None:
    """A placeholder that touches a word, and so would be another word."""
    for name in hidden:
        at = source.index(name)
        around = source[max(at - 1, 0) : at] + source[at + len(name) :][:1]
        if re.search(r"\w", around) and _token(source, at) is None:
            return Fault(at, f"{name} touches a word: put a space or an operator between")
    return None


def _token(source: str, at: int) -> Token | None:
    return next((one for one in scan(source).tokens if one.start <= at < one.end), None)


def _in_string(name: str, token: Token) -> str:
    way = f"write {name} without the quotes"
    quoted = token.text[len(token.prefix) :]
    bare = quoted.strip("\"'")
    if bare != name and "b" not in token.prefix.lower() and "\n" not in bare:
        formed = bare.replace(name, f"{{{name}}}")
        way += f", or in the braces of an f-string: f{quoted[0]}{formed}{quoted[0]}"
    return f"{name} is inside a string literal, where it is text: {way}"


def _misplaced(source: str, name: str) -> Fault:
    at = source.index(name)
    token = _token(source, at)
    if token is None:
        message = (
            f"{name} is a value, and Python takes none here: it is no name of an attribute, a "
            "keyword or a variable. getattr(object, name) and f(**{name: value}) take texts"
        )
    elif token.kind == "comment":
        message = f"{name} stands in a comment: take it out of the comment"
    else:
        message = _in_string(name, token)
    return Fault(at, message)


def misplaced(source: str, hidden: list[str], body: list[ast.stmt]) -> Fault | None:
    """The first placeholder that Python does not read as a value."""
    names = [
        node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)
    ]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    written = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    for name in hidden:
        if name not in read or name in written:
            return glued(source, [name]) or _misplaced(source, name)
    return None
