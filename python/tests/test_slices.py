from __future__ import annotations

import pytest

from snakepit.slices import key


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["1:3"], slice(1, 3)),
        (["::2"], slice(None, None, 2)),
        ([" 1 : -1 "], slice(1, -1)),
        (["5"], 5),
        (["-1"], -1),
        (["..."], ...),
        (["None"], None),
        (["1:3, ::2, ..., None"], (slice(1, 3), slice(None, None, 2), ..., None)),
        ([1, "2:"], (1, slice(2, None))),
        (["field"], "field"),
        (["a, b"], "a, b"),
        ([3], 3),
    ],
)
def test_key(keys: list[object], expected: object) -> None:
    assert key(keys) == expected
