"""Which of JavaScript's codecs a class has: by the class, or by a name of it."""

from __future__ import annotations

import sys

_mro_of = type.__dict__["__mro__"].__get__


def name_of(kind: object) -> str | None:
    """Return a class's qualified name; None for what is no class."""
    if not isinstance(kind, type):
        return None
    return f"{kind.__module__}.{kind.__qualname__}"


def exported(name: str) -> object:
    """What a loaded module calls by this name: ``pandas.DataFrame`` is defined elsewhere."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:cut]))
        if module is None:
            continue
        found: object = module
        for part in parts[cut:]:
            # Past __getattr__, which may import.
            found = getattr(found, "__dict__", {}).get(part)
        return found
    return None


def find(kind: type, targets: list[object]) -> int:
    """Return the place of the first target for the nearest class of ``kind``'s MRO, or -1."""
    resolved = [exported(target) if isinstance(target, str) else target for target in targets]
    for base in _mro_of(kind):
        name = name_of(base)
        for place, target in enumerate(targets):
            if resolved[place] is base or (isinstance(target, str) and target == name):
                return place
    return -1
