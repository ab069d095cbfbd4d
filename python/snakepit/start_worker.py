"""Starts a worker process: ``python -I -X faulthandler=0 start_worker.py '{"slot": 0, …}'``."""

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
    from _snakepit.worker import main  # type: ignore[import-not-found]

    settings = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    if "parent" in settings:
        from _snakepit import own_memory, process_setup, sandbox  # type: ignore[import-not-found]

        process_setup.prepare(settings["parent"], settings.get("memory"))
        library = own_memory.load(settings["addon"])
        beat = process_setup.load_beat(settings["addon"])
        if settings["sandbox"] is not None:
            sandbox.start(settings["sandbox"], settings["parent"], settings["scratch"])
        process_setup.beat(beat, 5, settings["slot"])
        main(settings, library=library)
    main(settings)
