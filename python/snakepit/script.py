"""Code in a namespace of its own, for ``py.exec``."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import lru_cache
from keyword import iskeyword
from types import CodeType, FunctionType

from .places import Place, Site, find_literal, site_of
from .source import Source


@lru_cache(maxsize=256)
def _compiled(source: str, call: Site | None) -> CodeType | FunctionType:
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    site = None if call is None else find_literal(source, call)
    name = "<py.exec>" if call is None else f"<py.exec at {call.file}:{call.line}>"
    return Source(source, [], Place(source, site, name)).script()


class Script:
    """One run of a text in one fresh namespace."""

    def __init__(self, code: CodeType | FunctionType, names: dict[str, object]) -> None:
        for name in names:
            if not name.isidentifier() or iskeyword(name):
                message = f"{name!r} in `in` is no name that Python code could use"
                raise ValueError(message)
        # exec() would add the builtins; imports made in C look them up there.
        fixed = {"__name__": "__snakepit__", "__builtins__": builtins}
        self._scope: dict[str, object] = {**fixed, **names}
        # Module code as a function: a traceback begins with the code itself.
        self.run: Callable[[], object] = (
            FunctionType(code, self._scope) if isinstance(code, CodeType) else code
        )

    def take(self, *names: str) -> list[object]:
        """The values of ``names``; a NameError says which are not there."""
        missing = [name for name in names if name not in self._scope]
        if missing:
            message = f"the code left no value for {', '.join(missing)}, which `out` asks for"
            raise NameError(message)
        return [self._scope[name] for name in names]


def script(source: str, call: list[str | int] | None, /, **names: object) -> Script:
    """``source``, ready to run with ``names`` bound; ``call`` is the place of the call."""
    return Script(_compiled(source, None if call is None else site_of(call)), names)
