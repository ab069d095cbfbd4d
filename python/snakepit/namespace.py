"""Code in a namespace of its own, for ``py.exec``."""

from __future__ import annotations


def execute(code: str, names: dict[str, object], out: list[str]) -> list[object]:
    """Run ``code`` with ``names`` bound and give the values of the names in ``out``."""
    scope: dict[str, object] = {"__name__": "__snakepit__", **names}
    exec(compile(code, "<py.exec>", "exec"), scope)
    missing = [name for name in out if name not in scope]
    if missing:
        message = f"the code left no value for {', '.join(missing)}, which `out` asks for"
        raise NameError(message)
    return [scope[name] for name in out]
