"""How Python's own child processes start inside a Node process."""

import multiprocessing


def prefer_spawn() -> None:
    """Make multiprocessing start children afresh where it would fork, unless it was told how.

    A forked child has V8 without its threads, and maps the arena that its parent writes on.
    """
    if multiprocessing.get_start_method(allow_none=True) is not None:
        return
    if multiprocessing.get_all_start_methods()[0] == "fork":
        multiprocessing.set_start_method("spawn")
