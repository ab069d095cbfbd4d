"""A text of inline Python on its way to code, placed in the user's file."""

from __future__ import annotations

import ast
from os.path import basename
from types import CodeType, FunctionType

from .layout import Text, dedented
from .placeholders import Fault, glued, misplaced
from .places import HIDDEN, Place
from .reading import awaits, error_at, function_body, statements

# As a frame's function in a traceback, beside `<module>` and `<lambda>`.
_FUNCTION = "<py>"
_AWAIT = (
    "'await' needs an asynchronous face, such as py.async or a pool; here nothing waits. "
    "asyncio.run(…) runs a coroutine to its end"
)


class Source:
    """One text, the names that are its parameters, and where it stands."""

    def __init__(self, source: str, names: list[str], place: Place) -> None:
        self._source = source
        self._names = names
        self._hidden = [name for name in names if HIDDEN.fullmatch(name)]
        self._place = place

    def _shown(self, error: SyntaxError, way: Text) -> SyntaxError:
        """``error``, which is about the dedented text, as one about the user's file."""
        line, column = error.lineno or 1, max((error.offset or 1) - 1, 0)
        return self._fault(Fault(way.at(line, column), error.msg), type(error))

    def _fault(self, fault: Fault, kind: type[SyntaxError] = SyntaxError) -> SyntaxError:
        line, column = self._place.position(min(fault.at, len(self._source)))
        details = (self._place.site.file, line, max(column, 0) + 1, self._place.line(line))
        return kind(self._place.readable(fault.message), details)

    def _refuse(self, fault: Fault | None) -> None:
        if fault is not None:
            raise self._fault(fault)

    def _body(self, *, waits: bool) -> tuple[list[ast.stmt], bool]:
        way, body, failed = function_body(dedented(self._source))
        if failed is not None:
            self._refuse(glued(self._source, self._hidden))
            raise self._shown(failed, way)
        self._refuse(misplaced(self._source, self._hidden, body))
        waiting = awaits(body)
        if waiting is not None and not waits:
            error = error_at(_AWAIT, waiting.lineno, waiting.col_offset)
            raise self._shown(error, way)
        self._move(body, way)
        return body, waiting is not None

    def _move(self, body: list[ast.stmt], way: Text) -> None:
        """Give each node its place in the user's file."""
        limit = len(self._source)
        for node in [node for statement in body for node in ast.walk(statement)]:
            if self._hidden and isinstance(node, ast.Constant) and isinstance(node.value, str):
                # f"{x=}" spells its expression out.
                node.value = self._place.readable(node.value)
            line, column = getattr(node, "lineno", None), getattr(node, "col_offset", None)
            if line is None or column is None:
                continue
            begin = min(way.index(line, column), limit)
            end_line = getattr(node, "end_lineno", None) or line
            end = min(way.index(end_line, getattr(node, "end_col_offset", None) or column), limit)
            first = self._place.position(begin)
            last = max(first, self._place.position(end, end=True))
            places = dict(zip(("lineno", "col_offset"), first, strict=True))
            places |= zip(("end_lineno", "end_col_offset"), last, strict=True)
            for name, value in places.items():
                setattr(node, name, value)

    def _compiled(self, module: ast.Module) -> CodeType:
        file = self._place.site.file
        try:
            return compile(module, file, "exec", dont_inherit=True)
        except SyntaxError as error:
            # What only the compiler sees, such as `break` outside of a loop: in the file already.
            line = error.lineno or self._place.site.line
            details = (file, line, max(error.offset or 1, 1), self._place.line(line))
            raise type(error)(self._place.readable(error.msg), details) from None

    def function(self, *, waits: bool) -> FunctionType:
        """Of the text as a function's body; where it is no Python, one that raises that."""
        try:
            body, waiting = self._body(waits=waits)
            return _made(self._compiled(self._definition(body, waits=waiting)))
        except SyntaxError as error:
            return self._raising(error)

    def script(self) -> CodeType | FunctionType:
        """The text as a module's code; where it is no Python, a function that raises that."""
        way, body, failed = statements(dedented(self._source))
        try:
            if failed is not None:
                raise self._shown(failed, way)
            self._move(body, way)
            return self._compiled(ast.Module(body, []))
        except SyntaxError as error:
            return self._raising(error)

    def _raising(self, error: SyntaxError) -> FunctionType:
        """So the traceback has the place of the fault, and none of ours."""
        kind, message, file = type(error), error.msg, self._place.site.file
        # str() of the error shows what stands behind the last slash.
        short = f"<py.exec at {basename(file)}" if file.startswith("<py.exec at ") else file
        details = (short, error.lineno, error.offset, error.text)
        call = ast.parse("raise fail()").body
        for node in ast.walk(call[0]):
            if isinstance(node, ast.expr | ast.stmt):
                node.lineno = node.end_lineno = error.lineno or 1
                node.col_offset = node.end_col_offset = (error.offset or 0) - 1
        definition = self._definition(call, waits=False)
        function = _made(compile(definition, file, "exec", dont_inherit=True))
        function.__globals__["fail"] = lambda: kind(message, details)
        return function

    def _definition(self, body: list[ast.stmt], *, waits: bool) -> ast.Module:
        made = ast.parse("async def f(): pass" if waits else "def f(): pass").body[0]
        assert isinstance(made, ast.FunctionDef | ast.AsyncFunctionDef)
        line = self._place.site.line
        made.name = _FUNCTION
        made.args.args = [ast.arg(name) for name in self._names]
        made.body = body or made.body
        if not body:
            ast.increment_lineno(made.body[0], line - 1)
        made.lineno = made.end_lineno = line
        made.col_offset = made.end_col_offset = -1
        return ast.Module([ast.fix_missing_locations(made)], [])


def _made(code: CodeType) -> FunctionType:
    space: dict[str, object] = {"__name__": "__snakepit__"}
    exec(code, space)
    function = space.pop(_FUNCTION)
    assert isinstance(function, FunctionType)
    return function
