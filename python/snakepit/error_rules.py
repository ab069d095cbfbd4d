"""What messages say, by the type of their exception: the rules for libraries that we know.

size-exempt: table

Shapes, sizes, dtypes, devices and the names of types. Never values: no key, no index, no element.
The names of a rule's groups are those of the context; what they begin with says how they are read.
"""

from __future__ import annotations

import re
from functools import cache

from .arrays import Fields, qualified

_MRO = type.__dict__["__mro__"].__get__
# A message may be as long as its author likes; what we look for stands in front.
_LENGTH_LIMIT = 10_000
_CACHE_LIMIT = 1024

_SHAPE = r"[\[(][\d, ]*[\])]"
_BYTES = r"[\d.]+ (?:[KMGTPE]i?)?B|[\d.]+ bytes"

# By the name of the exception's class, or of one of its bases; the first that matches is taken. In
# front of each is a text that has to be there: to look for it costs a tenth of the expression.
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "builtins.ValueError": (
        # NumPy
        (
            "could not be broadcast together",
            rf"shapes (?P<shape_a>{_SHAPE})(?: (?P<shape_b>{_SHAPE}))?",
        ),
        ("not aligned", rf"shapes (?P<shape_a>{_SHAPE}) and (?P<shape_b>{_SHAPE}) not aligned"),
        (
            "could not broadcast input array",
            rf"from shape (?P<shape_a>{_SHAPE}) into shape (?P<shape_b>{_SHAPE})",
        ),
        (
            "cannot reshape array",
            rf"of size (?P<size_a>\d+) into shape (?P<shape>{_SHAPE})",
        ),
        (
            "has a mismatch in its core dimension",
            r"core dimension (?P<dimension>\d+), with gufunc signature .*"
            r"\(size (?P<size_b>\d+) is different from (?P<size_a>\d+)\)",
        ),
        (
            "must match exactly, but along dimension",
            r"along dimension (?P<dimension>\d+), the array at index (?:\d+) has size "
            r"(?P<size_a>\d+) and the array at index (?:\d+) has size (?P<size_b>\d+)",
        ),
        # pandas
        (
            "does not match length of index",
            r"Length of values \((?P<length_a>\d+)\).* of index \((?P<length_b>\d+)\)",
        ),
        (
            "Shape of passed values",
            rf"is (?P<shape_a>{_SHAPE}), indices imply (?P<shape_b>{_SHAPE})",
        ),
        ("Dot product shape mismatch", rf"(?P<shape_a>{_SHAPE}) vs (?P<shape_b>{_SHAPE})"),
        (
            "Length mismatch: Expected axis",
            r"has (?P<length_a>\d+) elements, new values have (?P<length_b>\d+) elements",
        ),
        ("length must be", r"length must be (?P<length_a>\d+): given (?P<length_b>\d+)"),
        (
            "You are trying to merge on",
            r"merge on (?P<dtype_a>[\w\[\]]+) and (?P<dtype_b>[\w\[\]]+) columns",
        ),
        # scikit-learn
        (
            "features as input",
            r"X has (?P<features>\d+) features?, but (?P<estimator>\w+) is expecting "
            r"(?P<features_expected>\d+) features",
        ),
        ("inconsistent numbers of samples", r"samples: (?P<samples>\[[\d, ]+\])"),
        (
            "D array, got",
            r"Expected (?P<dimensions_expected>\d+)D array, got (?P<dimensions>\d+)D array",
        ),
        # SciPy
        (
            "dimension mismatch with signature",
            r"\(n,k=(?P<size_a>\d+)\),\(k=(?P<size_b>\d+),",
        ),
        # PyArrow, whose ArrowInvalid is a ValueError
        ("but got length", r"expected length (?P<length_a>\d+) but got length (?P<length_b>\d+)"),
        ("tried to convert to", r"tried to convert to (?P<dtype>\w+)"),
    ),
    "builtins.IndexError": (
        ("is out of bounds for axis", r"axis (?P<axis>\d+) with size (?P<size>\d+)"),
        # PyTorch calls it a dimension.
        ("is out of bounds for dimension", r"dimension (?P<axis>\d+) with size (?P<size>\d+)"),
        (
            "boolean index did not match",
            r"along (?:axis|dimension) (?P<axis>\d+); (?:size of axis|dimension) is "
            r"(?P<size_a>\d+) but .*? is (?P<size_b>\d+)",
        ),
        (
            "were indexed",
            r"array is (?P<dimensions>\d+)-dimensional, but (?P<dimensions_expected>\d+) were",
        ),
    ),
    "numpy.exceptions.AxisError": (
        (
            "is out of bounds for array of dimension",
            r"axis (?P<axis>-?\d+) is out of bounds for array of dimension (?P<dimensions>\d+)",
        ),
    ),
    "builtins.TypeError": (
        (
            "signature matching types",
            r"types \((?:<class ')?(?:numpy\.dtypes\.)?(?:dtype\(')?"
            r"(?P<dtype_a>[^')]+)[^,]*(?:, (?:<class ')?(?:numpy\.dtypes\.)?(?:dtype\(')?"
            r"(?P<dtype_b>[^')]+).*)?\) -> ",
        ),
        (
            "Cannot cast",
            r"from dtype\('(?P<dtype_a>[^']+)'\) to dtype\('(?P<dtype_b>[^']+)'\)",
        ),
    ),
    "builtins.MemoryError": (
        (
            "Unable to allocate",
            rf"allocate (?P<bytes_requested>{_BYTES}) for an array with shape "
            rf"(?P<shape>{_SHAPE}) and data type (?P<dtype>\S+)",
        ),
    ),
    "builtins.RuntimeError": (
        # PyTorch
        (
            "shapes cannot be multiplied",
            r"multiplied \((?P<shape_a>\d+x\d+) and (?P<shape_b>\d+x\d+)\)",
        ),
        (
            "must match the size of tensor b",
            r"tensor a \((?P<size_a>\d+)\) must match the size of tensor b "
            r"\((?P<size_b>\d+)\) at non-singleton dimension (?P<dimension>\d+)",
        ),
        (
            "found at least two devices",
            r"devices, (?P<device_a>[\w:]+) and (?P<device_b>[\w:]+)",
        ),
        (
            "weight of size",
            r"weight of size (?P<shape_b>\[[\d, ]+\]), expected input(?P<shape_a>\[[\d, ]+\]) to "
            r"have (?P<channels_expected>\d+) channels, but got (?P<channels>\d+) channels",
        ),
        (
            "is invalid for input of size",
            r"shape '(?P<shape>\[[-\d, ]*\])' is invalid for input of size (?P<size_a>\d+)",
        ),
        (
            "for tensor number",
            r"Expected size (?P<size_a>\d+) but got size (?P<size_b>\d+) for tensor number",
        ),
        ("same dtype, but got", r"but got:? (?P<dtype_a>\w+) (?:and|!=) (?P<dtype_b>\w+)"),
        ("expected scalar type", r"type (?P<dtype_a>\w+) but found (?P<dtype_b>\w+)"),
        # Out of memory: PyTorch 2, PyTorch 1, and on the CPU.
        (
            "has a total capacity of",
            rf"Tried to allocate (?P<bytes_requested>{_BYTES})\. GPU (?P<device>\d+) has a total "
            rf"capacity of (?P<bytes_total>{_BYTES}) of which (?P<bytes_free>{_BYTES}) is free",
        ),
        (
            "total capacity;",
            rf"Tried to allocate (?P<bytes_requested>{_BYTES}) \(GPU (?P<device>\d+); "
            rf"(?P<bytes_total>{_BYTES}) total capacity;.*?(?P<bytes_free>{_BYTES}) free",
        ),
        ("Tried to allocate", rf"Tried to allocate (?P<bytes_requested>{_BYTES})"),
        (
            "DefaultCPUAllocator",
            rf"DefaultCPU(?P<device>Allocator): .*tried to allocate (?P<bytes_requested>{_BYTES})",
        ),
    ),
    "pyarrow.lib.ArrowNotImplementedError": (
        (
            "no kernel matching input types",
            r"types \((?P<dtype_a>\w+)[^,]*(?:, (?P<dtype_b>\w+).*)?\)",
        ),
    ),
}

_UNITS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
# PyTorch's own names of its scalar types.
_DTYPES = {
    **{"float": "float32", "double": "float64", "half": "float16", "int": "int32"},
    **{"long": "int64", "short": "int16", "char": "int8", "byte": "uint8"},
}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


# By identity, for a metaclass of users may have a hash of its own; the type is kept.
_cache: dict[int, tuple[type, tuple[str, ...]]] = {}


def _rules_of(kind: type) -> tuple[str, ...]:
    known = _cache.get(id(kind))
    if known is None:
        if len(_cache) >= _CACHE_LIMIT:
            _cache.clear()
        names = tuple(name for name in map(qualified, _MRO(kind)) if name in _RULES)
        known = _cache[id(kind)] = kind, names
    return known[1]


def _bytes(text: str) -> int:
    number, unit = text.split(" ")
    # PyTorch and NumPy write GiB, PyTorch 1 wrote GiB as well; "bytes" and "B" are themselves.
    step = 1024 if "i" in unit else 1000
    exponent = 0 if unit in ("B", "bytes") else _UNITS[unit[0]]
    return int(float(number) * step**exponent)


def _shape(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", text)]


def _device(text: str) -> str:
    if text.isdigit():
        return f"cuda:{text}"
    return "cpu" if text == "Allocator" else text


def _value(name: str, text: str) -> object:
    kind = name.partition("_")[0]
    if kind in ("shape", "samples"):
        return _shape(text)
    if kind == "bytes":
        return _bytes(text)
    if kind == "device":
        return _device(text)
    if kind == "dtype":
        return _DTYPES.get(text.lower(), text)
    return text if kind == "estimator" else int(text)


def from_message(exception: BaseException) -> Fields:
    """What a message says by the rules of its exception's type; empty where they see nothing."""
    names = _rules_of(type(exception))
    if not names:
        return {}
    try:
        message = str(exception)[:_LENGTH_LIMIT]
    except BaseException:  # noqa: BLE001 - whatever its own __str__ raises
        return {}
    for needle, pattern in (rule for name in names for rule in _RULES[name]):
        found = _compiled(pattern).search(message) if needle in message else None
        if found is not None:
            groups = found.groupdict()
            return {key: _value(key, text) for key, text in groups.items() if text is not None}
    return {}
