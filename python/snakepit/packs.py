"""Helper packs: Python files of users, called by the pack's and the function's name."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from os.path import dirname
from types import ModuleType
from typing import Any

_SPACE = "snakepit_helpers"


def _space() -> None:
    """A parent for the packs, so that their exceptions have a name that users can write."""
    if _SPACE not in sys.modules:
        made = ModuleType(_SPACE, "The helper packs that were used so far.")
        made.__path__ = []
        sys.modules[_SPACE] = made


def load(name: str, file: str) -> ModuleType:
    """The pack of that name, loaded once; an ImportError names it and what it raised.

    It is a package of its own, so that ``from ._shared import f`` finds the files beside it.
    """
    full = f"{_SPACE}.{name}"
    known = sys.modules.get(full)
    if known is not None:
        return known
    _space()
    spec = importlib.util.spec_from_file_location(
        full, file, submodule_search_locations=[dirname(file)]
    )
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[full] = made
    try:
        spec.loader.exec_module(made)
    except (Exception, SystemExit) as error:
        del sys.modules[full]
        reason = f"{type(error).__qualname__}: {error}" if str(error) else type(error).__qualname__
        message = f"the helper pack '{name}' ({file}) cannot be loaded: {reason}"
        raise ImportError(message, name=full, path=file) from error
    return made


def names(name: str, file: str) -> list[str]:
    """What a pack offers: ``__all__``, else the functions and classes that it defines."""
    pack = load(name, file)
    offered: object = getattr(pack, "__all__", None)
    if isinstance(offered, list | tuple):
        return sorted(one for one in offered if isinstance(one, str))
    return sorted(
        one
        for one, value in vars(pack).items()
        if not one.startswith("_")
        and callable(value)
        and getattr(value, "__module__", None) == pack.__name__
    )


def member(name: str, file: str, wanted: str) -> Any:
    """A function, or any other attribute that is not private."""
    pack = load(name, file)
    if wanted.startswith("_") or not hasattr(pack, wanted):
        kind = "private" if wanted.startswith("_") else "not there"
        message = f"the helper pack '{name}' ({file}) offers no '{wanted}', which is {kind}"
        raise AttributeError(message, name=wanted, obj=pack)
    return getattr(pack, wanted)


class Helpers:
    """Calls packs by name, where the host has said which file each is."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def __call__(self, target: Any, name: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Call a pack's function."""
        file = self._files.get(target)
        if file is None:
            message = f"there is no helper pack {target!r}; there are: {', '.join(self._files)}"
            raise AttributeError(message, name=target, obj=self)
        function: Callable[..., Any] = member(target, file, name)
        return function(*args, **kwargs)
