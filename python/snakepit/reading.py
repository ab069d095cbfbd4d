"""What a text of inline Python means: the body of a function, where an expression is returned."""

from __future__ import annotations

import ast

from .layout import Text

_TWO_WAYS = (
    "these lines are several statements, and one expression only inside parentheses: "
    "put them in parentheses, or `return` what you want"
)


def error_at(message: str, line: int, column: int) -> SyntaxError:
    """A SyntaxError at a line (from 1) and a column (from 0) of the text."""
    return SyntaxError(message, (None, line, column + 1, None))


def awaits(body: list[ast.stmt]) -> ast.expr | ast.stmt | None:
    """Where a block itself waits, outside of the functions inside it."""
    nodes: list[ast.AST] = [*body]
    while nodes:
        node = nodes.pop(0)
        match node:
            case ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                return node
            case ast.comprehension(is_async=1, target=target):
                return target
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                # Decorators and defaults belong to the block; the body does not.
                nodes += [*node.decorator_list, node.args]
            case ast.Lambda():
                nodes.append(node.args)
            case ast.GeneratorExp():
                # It waits when it is used.
                nodes.append(node.generators[0].iter)
            case _:
                nodes += ast.iter_child_nodes(node)
    return None


def _parse(text: str) -> tuple[list[ast.stmt], SyntaxError | None]:
    """The statements of ``text``, or what Python says against it."""
    try:
        return ast.parse(text).body, None
    except SyntaxError as error:
        return [], error
    except ValueError as error:
        # A NUL before 3.12; lone surrogates, which UTF-8 cannot spell.
        return [], error_at(str(error), 1, 0)


def _enclosed(text: str) -> tuple[ast.expr | None, SyntaxError | None]:
    """``text`` as one expression that goes over several lines, as inside parentheses."""
    body, error = _parse(f"(\n{text}\n)")
    if error is not None:
        error.lineno = None if error.lineno is None else error.lineno - 1
        return None, error
    only = body[0] if len(body) == 1 else None
    # Brackets of another kind tell `a) + (b` from an expression.
    if not isinstance(only, ast.Expr) or _parse(f"[\n{text}\n]")[1] is not None:
        return None, None
    if isinstance(only.value, ast.GeneratorExp) and only.value.lineno == 1:
        return None, None
    for node in ast.walk(only):
        if isinstance(node, ast.expr | ast.keyword | ast.arg | ast.stmt):
            node.lineno = max(node.lineno - 1, 1)
            last = (node.end_lineno or node.lineno) - 1
            node.end_lineno = min(max(last, node.lineno), text.count("\n") + 1)
    return only.value, None


def _returned(value: ast.expr) -> list[ast.stmt]:
    return [ast.copy_location(ast.Return(value), value)]


def statements(ways: list[Text]) -> tuple[Text, list[ast.stmt], SyntaxError | None]:
    """After the first way to dedent that gives any; else the last one's error."""
    for way in ways:
        body, error = _parse(way.text)
        if not isinstance(error, IndentationError):
            break
    return way, body, error


def _meaning(text: str, body: list[ast.stmt]) -> list[ast.stmt]:
    """A single expression is returned."""
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        value = body[0].value
        return body if isinstance(value, ast.Yield | ast.YieldFrom) else _returned(value)
    several = len(body) > 1 and all(isinstance(one, ast.Expr) for one in body)
    if several and _enclosed(text)[0] is not None:
        # Such as `a` and, on the next line, `+ b`: never silently nothing.
        raise error_at(_TWO_WAYS, body[1].lineno, body[1].col_offset)
    return body


def function_body(ways: list[Text]) -> tuple[Text, list[ast.stmt], SyntaxError | None]:
    """The body of the function that a text is, after a way to dedent it; or its error."""
    way, body, failed = statements(ways)
    if failed is None:
        try:
            return way, _meaning(way.text, body), None
        except SyntaxError as error:
            return way, [], error
    for other in ways:
        value, second = _enclosed(other.text)
        if value is not None:
            return other, _returned(value), None
        # Where lines of an expression are indented, what is wrong inside is to the point.
        within = second is not None and (second.lineno or 0) >= (failed.lineno or 0)
        if within and type(failed) is IndentationError:
            return other, [], second
    return way, [], failed
