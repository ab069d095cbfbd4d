"""A search for the lowest point of a landscape, with native code that crashes.

Two bugs, as extension modules have them. One corrupts its process a little with every call, until a
later call dies of it: in a fresh process the same call works. The other crashes for some arguments
wherever it runs. And for one point a loop in C takes for ever.
"""

import ctypes

import numpy as np

# What one process survives.
_EVALUATIONS = 3
_BROKEN = {(-5.0, 4.0), (4.0, -5.0)}
_ENDLESS = (-5.0, -5.0)

_done = 0


def height(x: float, y: float) -> float:
    """Give the height at one point: Himmelblau's function, after some work in C."""
    global _done
    _done += 1
    if (x, y) == _ENDLESS:
        sum(range(10**15))
    if (x, y) in _BROKEN or _done > _EVALUATIONS:
        ctypes.string_at(0)  # reads at address 0: SIGSEGV
    _model(90)
    return (x * x + y - 11.0) ** 2 + (x + y * y - 7.0) ** 2


def _model(size: int) -> float:
    rows = np.random.default_rng(1).standard_normal((size, size))
    return float(np.linalg.eigvalsh(rows @ rows.T)[-1])
