"""Helper packs: Python files of users, called by the pack's and the function's name."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from .attributes import follow


class Helpers:
    """Helper packs: modules of users by the pack's name, loaded once."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def __call__(self, target: Any, name: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Call a pack's function."""
        return follow(self._pack(target), name)(*args, **kwargs)

    def _pack(self, name: str) -> object:
        full = f"snakepit_helpers.{name}"
        known = sys.modules.get(full)
        if known is not None:
            return known
        place = self._places.get(name)
        if place is None:
            message = f"no helper pack {name!r}; known are {', '.join(sorted(self._places))}"
            raise ModuleNotFoundError(message, name=name)
        spec = importlib.util.spec_from_file_location(full, place)
        if spec is None or spec.loader is None:
            message = f"the helper pack {name!r} cannot be loaded from {place}"
            raise ImportError(message, name=name, path=place)
        made = importlib.util.module_from_spec(spec)
        sys.modules[full] = made
        try:
            spec.loader.exec_module(made)
        except BaseException:
            del sys.modules[full]
            raise
        return made
