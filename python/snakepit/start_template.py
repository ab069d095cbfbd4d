"""Starts a template process: see template.py."""

from __future__ import annotations

import sys


def _install_package() -> None:
    """Make the folder of this file the package `_snakepit`, as in the host."""
    import os  # noqa: PLC0415
    from types import ModuleType  # noqa: PLC0415

    package = ModuleType("_snakepit")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules["_snakepit"] = package


if __name__ == "__main__":
    import json

    _install_package()
    from _snakepit.template import main  # type: ignore[import-not-found]

    main(json.loads(sys.argv[1]))
