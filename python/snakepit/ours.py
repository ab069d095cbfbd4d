"""Types whose objects stand for JavaScript's; native code adds them as it makes them."""

from __future__ import annotations

TYPES: set[type] = set()
